/*
 * Calls on processes and threads: who am I, and how to die with a parent.
 *
 * The kernel's parent death signal belongs to the thread that forked, and fires when that thread ends: with the whole
 * program, or with the worker thread that started a child. It needs no event loop, and so ends a busy loop too.
 */
#include "lanework.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static napi_value thread_id(napi_env env, napi_callback_info info) {
  (void)info;
  return from_int(env, syscall(SYS_gettid));
}

/* dieWithParent(): 0; the caller sees to it that the parent has not ended before */
static napi_value die_with_parent(napi_env env, napi_callback_info info) {
  (void)info;
  return from_int(env, prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0);
}

void export_processes(napi_env env, napi_value exports) {
  export_function(env, exports, "threadId", thread_id);
  export_function(env, exports, "dieWithParent", die_with_parent);
}
