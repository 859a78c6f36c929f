/*
 * The two ways of loading a UDP server, and the sockets both of them use.
 * The closed loop asks how much a server can do; the open loop asks how long
 * one message takes when the server is mostly idle.
 */
#ifndef LANEWORK_BENCH_UDP_H
#define LANEWORK_BENCH_UDP_H

#include "common.h"

/* A message without a reply for this long is declared lost. */
#define LOST_AFTER_NS 200000000ull

int openConnectedSocket(int port);
void runClosedLoop(const Options *options, Result *result);
void runOpenLoop(const Options *options, Result *result);

#endif
