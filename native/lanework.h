/*
 * The addon of lanework: system calls and nothing else.
 *
 * Every decision (batch sizes, budgets, queues, limits) is taken in TypeScript (src/io); a call here is
 * one or more system calls over memory that JavaScript owns. Results are plain integers: a count or
 * a descriptor, or a negative errno. JavaScript keeps the buffers alive that it handed over.
 *
 * An endpoint record says where a datagram came from or goes to. 160 bytes, 4-byte aligned:
 *
 *      0   4                          120         124        128              144   160
 *      +---+--------------------------+-----------+----------+----------------+-----+
 *      |len| struct sockaddr_in/in6/un|local kind | ifindex  | local address  |  0  |
 *      +---+--------------------------+-----------+----------+----------------+-----+
 *
 * "local" is the address of this machine that the datagram came to, and so the one that a
 * reply leaves from; kind is 0 (unknown: the kernel chooses), 4 or 6.
 */
#ifndef LANEWORK_H
#define LANEWORK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

enum {
  RECORD_BYTES = 160,
  RECORD_NAME = 4,
  RECORD_NAME_BYTES = 112,
  RECORD_LOCAL_KIND = 120,
  RECORD_LOCAL_INDEX = 124,
  RECORD_LOCAL_ADDRESS = 128,
};

/* Arguments of a call, checked for their number; a wrong one returns -EINVAL to the caller. */
enum { ARGUMENTS_MAX = 8 };
typedef struct {
  napi_value values[ARGUMENTS_MAX];
  size_t count;
} arguments;

int take_arguments(napi_env env, napi_callback_info info, arguments *args, size_t least);
int32_t to_int(napi_env env, napi_value value);
int to_bytes(napi_env env, napi_value value, uint8_t **data, size_t *size);
/* The data of the handle that is the first argument; NULL when it is none, as in a thread that is being terminated. */
void *take_handle(napi_env env, napi_callback_info info, arguments *args, size_t least);
/* NULL (undefined in JavaScript) while a thread is being terminated: Node then makes no objects, and data is freed. */
napi_value new_handle(napi_env env, void *data, napi_finalize free_data);
napi_value from_int(napi_env env, int64_t value);
void export_function(napi_env env, napi_value exports, const char *name, napi_callback call);
void export_constant(napi_env env, napi_value exports, const char *name, int64_t value);

/* What this environment owns is closed at its end: see owner.c. Gives the descriptor, or the error it was given instead of one. */
int claim_descriptor(napi_env env, int fd);
/* Before something else becomes responsible for it. */
void release_descriptor(int fd);
/* close(2) of a descriptor that may have an owner. */
int close_owned(int fd);

/* Each file registers its calls. */
void export_owners(napi_env env, napi_value exports);
void export_addresses(napi_env env, napi_value exports);
void export_descriptors(napi_env env, napi_value exports);
void export_polls(napi_env env, napi_value exports);
void export_clock(napi_env env, napi_value exports);
void export_datagrams(napi_env env, napi_value exports);
void export_streams(napi_env env, napi_value exports);
void export_bound(napi_env env, napi_value exports);
void export_memory(napi_env env, napi_value exports);
void export_processes(napi_env env, napi_value exports);
void export_programs(napi_env env, napi_value exports);
void export_watches(napi_env env, napi_value exports);

#endif
