/*
 * Calls on processes and threads: who am I, and how to die with a parent.
 *
 * The kernel's parent death signal belongs to the thread that forked, and fires when that thread ends; so
 * only children of a main thread use it. Any other child watches its parent's pidfd from a thread of its own,
 * which needs no event loop and so works while JavaScript is in a busy loop.
 */
#include "lanework.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static int64_t result_of(int64_t value) { return value < 0 ? -errno : value; }

static napi_value thread_id(napi_env env, napi_callback_info info) {
  (void)info;
  return from_int(env, syscall(SYS_gettid));
}

static void *die_after(void *data) {
  struct pollfd entry = {.fd = (int)(intptr_t)data, .events = POLLIN};
  while (poll(&entry, 1, -1) < 0 && errno == EINTR) continue;
  kill(getpid(), SIGKILL);
  return NULL;
}

static int64_t watch_parent(int parent) {
  int fd = (int)syscall(SYS_pidfd_open, parent, 0);
  if (fd < 0) return -errno;
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 65536);
  int status = pthread_create(&thread, &attributes, die_after, (void *)(intptr_t)fd);
  pthread_attr_destroy(&attributes);
  if (status != 0) close(fd);
  return -status;
}

/* dieWithParent(parentPid, watch): 0, or -ESRCH when the parent is gone already */
static napi_value die_with_parent(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 2)) return from_int(env, -EINVAL);
  int parent = to_int(env, args.values[0]);
  int64_t status = to_int(env, args.values[1]) ? watch_parent(parent) : result_of(prctl(PR_SET_PDEATHSIG, SIGKILL));
  /* It may have died before the call took effect. */
  return from_int(env, status == 0 && getppid() != parent ? -ESRCH : status);
}

void export_processes(napi_env env, napi_value exports) {
  export_function(env, exports, "threadId", thread_id);
  export_function(env, exports, "dieWithParent", die_with_parent);
}
