// A TCP echo server as Go programs usually write it: a goroutine and a buffer
// per connection. Go sets TCP_NODELAY by itself.
package main

import (
	"fmt"
	"net"
	"os"
)

func echo(connection net.Conn) {
	defer connection.Close()
	space := make([]byte, 4096)
	for {
		lengthBytes, err := connection.Read(space)
		if err != nil {
			return
		}
		if _, err := connection.Write(space[:lengthBytes]); err != nil {
			return
		}
	}
}

func main() {
	port := "0"
	if len(os.Args) > 1 {
		port = os.Args[1]
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:"+port)
	if err != nil {
		panic(err)
	}
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go echo(connection)
	}
}
