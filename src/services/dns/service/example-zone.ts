/** The zone that is served where none is given: names to try, one of each kind. */
export const exampleOrigin = 'example.lan.'

export const exampleZone = `$ORIGIN example.lan.
$TTL 3600
@        SOA   ns admin 1 2h 15m 2w 5m
@        NS    ns
@        MX    10 mail
@        TXT   "the example zone of lanework"
ns       A     127.0.0.1
ns       AAAA  ::1
mail     A     192.0.2.25
www      A     192.0.2.80
www      AAAA  2001:db8::80
ftp      CNAME www
*.people TXT   "whoever you ask for"
moved    DNAME example.lan.
sub      NS    ns.sub
ns.sub   A     192.0.2.53
_dns._udp SRV  0 0 9053 ns
`
