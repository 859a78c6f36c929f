/** The tour of DNS as data: a database of names, asked over UDP. */
import type { TourRow, TourSection } from './row.ts'

export const dnsSections: readonly TourSection[] = [
  {
    id: 'dns',
    part: 'sockets',
    title: 'Names for addresses',
    introduction:
      'Programs need addresses, people remember names; DNS is the database between them. A question and its answer fit into a ' +
      'datagram each, so UDP does, without the cost of a connection: one server answers a great many computers. How names are ' +
      'built, and who answers for which, is told in [Names as a tree](names-as-a-tree.md).',
  },
]

export const dnsRows: readonly TourRow[] = [
  {
    section: 'dns',
    name: 'dns-table',
    title: 'A DNS server from a table',
    explanation:
      'At its heart a DNS server is a table of names and addresses, and a handler that looks into it. A name is found whatever the ' +
      'case of its letters, and comes back as it was asked. One that is not there is answered too: NXDOMAIN, no such name. The ' +
      'finished service (lanework serve dns) has the same shape, with all the rules in the place of the table.',
    seed: 'a DNS server holds the relation of names to addresses; it is the server end of client and server, over UDP',
    expected: [
      'www.example.lan.: NOERROR, 76 bytes over udp',
      '  www.example.lan. 60 IN A 192.0.2.80',
      '  www.example.lan. 60 IN A 192.0.2.81',
      'WWW.Example.LAN.: NOERROR, 76 bytes over udp',
      '  WWW.Example.LAN. 60 IN A 192.0.2.80',
      '  WWW.Example.LAN. 60 IN A 192.0.2.81',
      'ftp.example.lan.: NXDOMAIN, 44 bytes over udp',
    ],
  },
  {
    section: 'dns',
    name: 'dns-names',
    title: 'A URL, and the tree of names in it',
    explanation:
      'A URL says how to talk (the protocol), with whom (the name) and about what (the path). Only the name concerns DNS. It is read ' +
      'from its end: the root, the top level, the second, the third. In messages each label follows its length, and a zero, the ' +
      'label of the root, ends the name; the dots are for people. For any URL: lanework dns explain URL.',
    seed: 'protocol, domain name, path; .com the top level, cctv the second, news the third',
    expected: [
      'protocol: http',
      'name:     news.example.com',
      'path:     /2019/05/29/article.html',
      '. (the root)',
      '  com. (top level)',
      '    example.com. (second level)',
      '      news.example.com. (third level)',
      'as it travels: (4)news(7)example(3)com(0) 18 bytes',
    ],
  },
  {
    section: 'dns',
    name: 'dns-answers',
    title: 'What a server answers, and when',
    explanation:
      'Found; found under another name; made for whoever asks (a wildcard); in the hands of another server, which is named; a name ' +
      'without data of this type; no such name, with the record that says how long this may be remembered; and a name that this ' +
      'server has nothing to do with. These seven are nearly all of DNS.',
    seed: 'DNS is a database',
    expected: [
      'www A: NOERROR, with authority',
      '  answer     www.example.lan. 3600 IN A 192.0.2.80',
      'ftp A: NOERROR, with authority',
      '  answer     ftp.example.lan. 3600 IN CNAME www.example.lan.',
      '  answer     www.example.lan. 3600 IN A 192.0.2.80',
      'ann.people TXT: NOERROR, with authority',
      '  answer     ann.people.example.lan. 3600 IN TXT "whoever you ask for"',
      'host.sub A: NOERROR',
      '  authority  sub.example.lan. 3600 IN NS ns.sub.example.lan.',
      'www MX: NOERROR, with authority',
      '  authority  example.lan. 300 IN SOA ns.example.lan. admin.example.lan. 1 7200 900 1209600 300',
      'gone A: NXDOMAIN, with authority',
      '  authority  example.lan. 300 IN SOA ns.example.lan. admin.example.lan. 1 7200 900 1209600 300',
      'elsewhere. A: REFUSED',
    ],
  },
  {
    section: 'dns',
    name: 'dns-truncated',
    title: 'When an answer does not fit into a datagram',
    explanation:
      'Over UDP an answer has at most 1,232 bytes, which pass every network uncut. A longer one is left out, and the bit TC says so: the ' +
      'client asks again over TCP, where there is room. Small answers are what makes DNS fast, and what keeps it from being used ' +
      'to flood somebody else, whose address a question can claim to come from.',
    seed: 'DNS uses UDP, since what is sent is small and speed matters',
    expected: [
      'one.example.lan. over udp: 1 records in 67 bytes, truncated: false',
      'many.example.lan. over udp: 0 records in 45 bytes, truncated: true',
      'many.example.lan. over tcp: 20 records in 2095 bytes, truncated: false',
    ],
  },
  {
    section: 'dns',
    name: 'dns-cache',
    title: 'A forwarder that remembers',
    explanation:
      'Who answers for one zone is asked for others too. A forwarder passes such questions on, and keeps the answers for as long as their ' +
      'TTLs say, also that a name is not there: most questions never leave the house. The upstream server here is MockDns, a DNS ' +
      'server for tests, which counts who asks.',
    seed: 'one DNS server serves many computers',
    expected: [
      'www.example. is there; the world was asked 1 times',
      'www.example. is there; the world was asked 1 times',
      'gone.example. is not there; the world was asked 2 times',
      'gone.example. is not there; the world was asked 2 times',
    ],
  },
  {
    section: 'dns',
    name: 'dns-script',
    title: 'Names that a function answers for',
    explanation:
      'The table may be a function: here the name itself says the address. It may wait for something, a database for instance, without ' +
      'holding up other answers. Authority, negative answers and truncation are the business of the engine.',
    seed: 'DNS is at bottom a database',
    expected: [
      '192-0-2-7.ip.example. A: NOERROR 192.0.2.7',
      '192-0-2-7.ip.example. AAAA: NOERROR without an answer',
      'nowhere.ip.example. A: NXDOMAIN without an answer',
    ],
  },
]
