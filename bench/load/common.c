/*
 * The shared parts of the load generators: see common.h for what each does.
 * Nothing here runs per message except the clock and the filler check, so
 * plainness wins over speed in the rest.
 */
#include "common.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

uint64_t nowNs(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void refuse(const char *what, const char *name) {
  fprintf(stderr, "%s: %s\n", what, name);
  exit(2);
}

Options readOptions(int count, char **words) {
  Options options = {.sockets = 8, .connections = 64, .inFlight = 1, .sizeBytes = 32, .seconds = 2};
  for (int index = 1; index < count; index += 2) {
    const char *name = words[index];
    if (index + 1 >= count) refuse("option without a value", name);
    double value = atof(words[index + 1]);
    if (!strcmp(name, "--port")) options.port = (int)value;
    else if (!strcmp(name, "--sockets")) options.sockets = (int)value;
    else if (!strcmp(name, "--connections")) options.connections = (int)value;
    else if (!strcmp(name, "--in-flight")) options.inFlight = (int)value;
    else if (!strcmp(name, "--size")) options.sizeBytes = (int)value;
    else if (!strcmp(name, "--idle")) options.idle = (int)value;
    else if (!strcmp(name, "--seconds")) options.seconds = value;
    else if (!strcmp(name, "--rate")) options.ratePerSecond = value;
    else refuse("unknown option", name);
  }
  if (options.port < 1 || options.port > 65535) refuse("out of range", "--port");
  if (options.sizeBytes < (int)sizeof(Header) || options.sizeBytes > 60000) refuse("out of range", "--size");
  if (options.sockets < 1 || options.sockets > 1024) refuse("out of range", "--sockets");
  if (options.connections < 1 || options.connections > 10000) refuse("out of range", "--connections");
  if (options.inFlight < 1 || options.inFlight > 65536) refuse("out of range", "--in-flight");
  /* Every load ends by itself; ten minutes is the longest anybody can ask for. */
  if (options.seconds <= 0 || options.seconds > 600) refuse("out of range", "--seconds");
  if (options.ratePerSecond < 0 || options.ratePerSecond > 1e6) refuse("out of range", "--rate");
  return options;
}

struct sockaddr_in loopback(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void raiseOpenFiles(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit)) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

static char filler[65536];

static void prepareFiller(void) {
  if (filler[1]) return;
  for (int index = 0; index < (int)sizeof filler; index++) filler[index] = (char)(index * 31 + 7);
}

void fillMessage(char *message, int sizeBytes) {
  prepareFiller();
  memcpy(message, filler, (size_t)sizeBytes);
}

int fillerMatches(const char *message, int sizeBytes) {
  size_t header = sizeof(Header);
  return !memcmp(message + header, filler + header, (size_t)sizeBytes - header);
}

void printResult(const Result *result) { printResultWith(result, ""); }

void printResultWith(const Result *result, const char *more) {
  printf("{%s\"sent\":%llu,\"received\":%llu,\"lost\":%llu,\"late\":%llu,\"mismatched\":%llu,",
         more, (unsigned long long)result->sent, (unsigned long long)result->received,
         (unsigned long long)result->lost, (unsigned long long)result->late,
         (unsigned long long)result->mismatched);
  printf("\"seconds\":%.6f,\"perSecond\":%.1f,", result->seconds,
         (double)result->receivedInTime / result->seconds);
  printf("\"p50Us\":%.1f,\"p99Us\":%.1f,\"p999Us\":%.1f}\n",
         latencyUs(&result->latency, 0.5), latencyUs(&result->latency, 0.99),
         latencyUs(&result->latency, 0.999));
}
