/*
 * Readiness of one descriptor on the event loop of the environment: uv_poll with a JavaScript callback.
 *
 *   pollStart(fd, mask, callback) -> handle      callback(events): a mask, or a negative errno
 *   pollSet(handle, mask)   pollRef(handle, yes)   pollClose(handle)
 *   pollExclusive(handle)                        of all processes that wait like this, the kernel wakes one
 *   pollNow(fd, mask, timeoutMs) -> mask         blocks the thread; 0 after the time, -1 for no limit
 *
 * A worker thread that ends with a live handle would abort the process, so each handle has a
 * clean-up hook; the handle's memory is freed once libuv says that it is closed.
 */
#include "lanework.h"
#include "uv_abi.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>

typedef struct {
  napi_env env;
  napi_ref callback;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
  uv_poll_t *uv;
  int closing;
} poll_handle;

static void on_closed(uv_handle_t *uv) {
  poll_handle *poll = uv_handle_get_data(uv);
  if (poll->hook != NULL) napi_remove_async_cleanup_hook(poll->hook);
  free(poll->uv);
  free(poll);
}

static void begin_close(poll_handle *poll) {
  if (poll->closing) return;
  poll->closing = 1;
  uv_poll_stop(poll->uv);
  napi_delete_reference(poll->env, poll->callback);
  napi_async_destroy(poll->env, poll->context);
  uv_close((uv_handle_t *)poll->uv, on_closed);
}

static void on_environment_end(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  begin_close(data);
}

static void on_ready(uv_poll_t *uv, int status, int events) {
  poll_handle *poll = uv_handle_get_data((uv_handle_t *)uv);
  napi_handle_scope scope;
  napi_value callback = NULL, global = NULL;
  if (napi_open_handle_scope(poll->env, &scope) != napi_ok) return;
  napi_get_reference_value(poll->env, poll->callback, &callback);
  napi_get_global(poll->env, &global);
  napi_value argument = from_int(poll->env, status < 0 ? status : events);
  napi_env env = poll->env;
  napi_status called = napi_make_callback(env, poll->context, global, callback, 1, &argument, NULL);
  if (called == napi_pending_exception) {
    napi_value error = NULL;
    napi_get_and_clear_last_exception(env, &error);
    napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

static napi_value poll_start(napi_env env, napi_callback_info info) {
  arguments args;
  uv_loop_t *loop;
  if (!take_arguments(env, info, &args, 3) || napi_get_uv_event_loop(env, &loop) != napi_ok) return from_int(env, -EINVAL);
  poll_handle *poll = calloc(1, sizeof *poll);
  poll->env = env;
  poll->uv = calloc(1, uv_handle_size(UV_POLL_TYPE));
  int status = uv_poll_init(loop, poll->uv, to_int(env, args.values[0]));
  if (status < 0) {
    free(poll->uv);
    free(poll);
    return from_int(env, status);
  }
  napi_value name = NULL;
  uv_handle_set_data((uv_handle_t *)poll->uv, poll);
  napi_create_reference(env, args.values[2], 1, &poll->callback);
  napi_create_string_utf8(env, "lanework.poll", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env, NULL, name, &poll->context);
  napi_add_async_cleanup_hook(env, on_environment_end, poll, &poll->hook);
  uv_poll_start(poll->uv, to_int(env, args.values[1]), on_ready);
  return new_handle(env, poll, NULL); /* without one, the clean-up hook closes it */
}

/* The caller (src/io/poll.ts) never uses a handle again after pollClose. */
static napi_value poll_set(napi_env env, napi_callback_info info) {
  arguments args;
  poll_handle *poll = take_handle(env, info, &args, 2);
  if (poll == NULL) return from_int(env, -EINVAL);
  int mask = to_int(env, args.values[1]);
  return from_int(env, mask == 0 ? uv_poll_stop(poll->uv) : uv_poll_start(poll->uv, mask, on_ready));
}

/*
 * From the turn after pollStart or pollSet on, until the next pollSet: 0, or -errno and nothing has changed. The entry is made
 * anew in the loop's own epoll set: an exclusive entry of a set that is itself waited for in another set would not keep the
 * others asleep. libuv changes an entry only by taking it out, as it is watched for one thing alone.
 */
static napi_value poll_exclusive(napi_env env, napi_callback_info info) {
  arguments args;
  uv_loop_t *loop;
  uv_os_fd_t fd;
  poll_handle *poll = take_handle(env, info, &args, 1);
  if (poll == NULL || poll->closing || uv_fileno((uv_handle_t *)poll->uv, &fd) < 0 || napi_get_uv_event_loop(env, &loop) != napi_ok)
    return from_int(env, -EINVAL);
  int set = uv_backend_fd(loop);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(set, EPOLL_CTL_DEL, fd, &event) < 0) return from_int(env, -errno);
  event.events = EPOLLIN | EPOLLEXCLUSIVE;
  if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0) return from_int(env, 0);
  int status = -errno;
  event.events = EPOLLIN;
  epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
  return from_int(env, status);
}

static napi_value poll_ref(napi_env env, napi_callback_info info) {
  arguments args;
  poll_handle *poll = take_handle(env, info, &args, 2);
  if (poll == NULL) return from_int(env, -EINVAL);
  if (to_int(env, args.values[1])) uv_ref((uv_handle_t *)poll->uv);
  else uv_unref((uv_handle_t *)poll->uv);
  return from_int(env, 0);
}

static napi_value poll_close(napi_env env, napi_callback_info info) {
  arguments args;
  poll_handle *poll = take_handle(env, info, &args, 1);
  if (poll == NULL) return from_int(env, -EINVAL);
  begin_close(poll);
  return from_int(env, 0);
}

/* What has ended or failed counts as ready for all that was asked: reading or writing then tells. */
static napi_value poll_now(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 3)) return from_int(env, -EINVAL);
  int mask = to_int(env, args.values[1]);
  struct pollfd entry = {.fd = to_int(env, args.values[0])};
  entry.events = (short)((mask & UV_READABLE ? POLLIN : 0) | (mask & UV_WRITABLE ? POLLOUT : 0));
  int ready = poll(&entry, 1, to_int(env, args.values[2]));
  if (ready <= 0) return from_int(env, ready < 0 ? -errno : 0);
  if (entry.revents & (POLLERR | POLLHUP | POLLNVAL)) return from_int(env, mask);
  return from_int(env, (entry.revents & POLLIN ? UV_READABLE : 0) | (entry.revents & POLLOUT ? UV_WRITABLE : 0));
}

void export_polls(napi_env env, napi_value exports) {
  export_function(env, exports, "pollStart", poll_start);
  export_function(env, exports, "pollSet", poll_set);
  export_function(env, exports, "pollExclusive", poll_exclusive);
  export_function(env, exports, "pollRef", poll_ref);
  export_function(env, exports, "pollClose", poll_close);
  export_function(env, exports, "pollNow", poll_now);
}
