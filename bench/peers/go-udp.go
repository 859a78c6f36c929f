// A UDP echo server as Go programs usually write it: one goroutine reads and
// answers one datagram at a time. Pinned to one core it runs with GOMAXPROCS=1.
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	port := "0"
	if len(os.Args) > 1 {
		port = os.Args[1]
	}
	address, err := net.ResolveUDPAddr("udp4", "127.0.0.1:"+port)
	if err != nil {
		panic(err)
	}
	connection, err := net.ListenUDP("udp4", address)
	if err != nil {
		panic(err)
	}
	fmt.Println("listening", connection.LocalAddr().(*net.UDPAddr).Port)
	space := make([]byte, 65536)
	for {
		lengthBytes, sender, err := connection.ReadFromUDPAddrPort(space)
		if err != nil {
			panic(err)
		}
		// A reply that cannot be sent is dropped, as a datagram server would.
		_, _ = connection.WriteToUDPAddrPort(space[:lengthBytes], sender)
	}
}
