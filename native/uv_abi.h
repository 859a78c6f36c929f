/*
 * The few libuv calls the addon needs, declared by hand.
 *
 * Node exports libuv's functions from its executable and promises the ABI of libuv 1.x. Handles are
 * opaque here (their size is asked at run time), so the addon builds with a C compiler and the
 * `node-api-headers` package alone: no Node source tree, also when cross-compiling.
 */
#ifndef LANEWORK_UV_ABI_H
#define LANEWORK_UV_ABI_H

#include <stddef.h>

typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;
typedef struct uv_poll_s uv_poll_t;
typedef int uv_os_fd_t;
typedef void (*uv_close_cb)(uv_handle_t *handle);
typedef void (*uv_poll_cb)(uv_poll_t *handle, int status, int events);

enum { UV_POLL_TYPE = 8 };                      /* uv_handle_type UV_POLL */
enum { UV_READABLE = 1, UV_WRITABLE = 2 };      /* uv_poll_event */

extern size_t uv_handle_size(int type);
extern void *uv_handle_get_data(const uv_handle_t *handle);
extern void uv_handle_set_data(uv_handle_t *handle, void *data);
extern int uv_poll_init(uv_loop_t *loop, uv_poll_t *handle, int fd);
extern int uv_poll_start(uv_poll_t *handle, int events, uv_poll_cb callback);
extern int uv_poll_stop(uv_poll_t *handle);
extern int uv_fileno(const uv_handle_t *handle, uv_os_fd_t *fd);
extern int uv_backend_fd(const uv_loop_t *loop);
extern void uv_close(uv_handle_t *handle, uv_close_cb callback);
extern void uv_ref(uv_handle_t *handle);
extern void uv_unref(uv_handle_t *handle);

#endif
