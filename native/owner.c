/*
 * Who owns a descriptor, so that none outlives the thread that opened it. A thread that is terminated runs no more
 * JavaScript; what its environment owns by then is closed by the environment's clean-up hook.
 *
 *   claim(fd) -> fd                  it belongs to this environment, until `close` or `release`
 *   release(fd)                      to nobody any more: somebody else closes it
 *   transitOpen() -> transit         an owner for descriptors that are on their way between two threads
 *   give(fd, transit)                before the number is posted
 *   take(fd, transit) -> fd          by the receiver; -EBADF when the way was closed before
 *   transitClose(transit)            closes what nobody took; the end of the environment that opened it does so too
 *   childStarted(pid) childEnded(pid)  children that this thread would leave behind are reaped when they die
 *
 *        claim           give             take            close
 *   fd ────────▶ thread ──────▶ transit ────────▶ thread ───────▶ nobody's, closed
 *
 * The addon is linked so that it stays loaded (-z nodelete), as the table and the reaping thread outlive environments.
 * One table for the whole process, since numbers are given out again as soon as they are free: each change of a number's
 * owner is made under one lock, and while the number is open.
 */
#include "lanework.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
  int32_t *items;
  int count, room;
} list;

typedef struct {
  uint32_t owner;
  list transits, children;
} environment;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* By descriptor: its owner, 0 for nobody of ours. */
static uint32_t *owners;
static int owners_size;
static uint32_t owners_made;

static int append(list *l, int32_t item) {
  if (l->count == l->room) {
    int room = l->room == 0 ? 16 : l->room * 2;
    int32_t *items = realloc(l->items, (size_t)room * sizeof *items);
    if (items == NULL) return -ENOMEM;
    l->items = items;
    l->room = room;
  }
  l->items[l->count++] = item;
  return 0;
}

static void delete_item(list *l, int32_t item) {
  for (int at = 0; at < l->count; at++) {
    if (l->items[at] != item) continue;
    l->items[at] = l->items[--l->count];
    return;
  }
}

/* Under the lock. */
static int set_owner(int fd, uint32_t owner) {
  if (fd >= owners_size) {
    if (owner == 0) return 0;
    int size = owners_size == 0 ? 256 : owners_size;
    while (size <= fd) size *= 2;
    uint32_t *grown = realloc(owners, (size_t)size * sizeof *grown);
    if (grown == NULL) return -ENOMEM;
    memset(grown + owners_size, 0, (size_t)(size - owners_size) * sizeof *grown);
    owners = grown;
    owners_size = size;
  }
  owners[fd] = owner;
  return 0;
}

static int change_owner(int fd, uint32_t owner) {
  if (fd < 0) return fd;
  pthread_mutex_lock(&lock);
  int status = set_owner(fd, owner);
  pthread_mutex_unlock(&lock);
  return status < 0 ? status : fd;
}

static uint32_t new_owner(void) {
  pthread_mutex_lock(&lock);
  uint32_t owner = ++owners_made;
  pthread_mutex_unlock(&lock);
  return owner;
}

static void close_all_of(uint32_t owner) {
  pthread_mutex_lock(&lock);
  for (int fd = 0; fd < owners_size; fd++) {
    if (owners[fd] != owner) continue;
    owners[fd] = 0;
    close(fd);
  }
  pthread_mutex_unlock(&lock);
}

static environment *environment_of(napi_env env) {
  void *data = NULL;
  napi_get_instance_data(env, &data);
  return data;
}

int claim_descriptor(napi_env env, int fd) {
  environment *e = environment_of(env);
  return e == NULL ? fd : change_owner(fd, e->owner);
}

void release_descriptor(int fd) { change_owner(fd, 0); }

int close_owned(int fd) {
  release_descriptor(fd);
  return close(fd);
}

static void *reap(void *data) {
  list *children = data;
  for (int at = 0; at < children->count; at++)
    while (waitpid(children->items[at], NULL, 0) < 0 && errno == EINTR) continue;
  free(children->items);
  free(children);
  return NULL;
}

/* libuv reaps only children of loops that run; those of a thread that has ended would stay zombies. */
static void reap_later(list children) {
  pthread_attr_t attributes;
  pthread_t thread;
  list *left = malloc(sizeof *left);
  int status = ENOMEM;
  if (left != NULL) {
    *left = children;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 65536);
    status = pthread_create(&thread, &attributes, reap, left);
    pthread_attr_destroy(&attributes);
  }
  if (status == 0) return;
  free(left);
  free(children.items);
}

static void on_environment_end(void *data) {
  environment *e = data;
  close_all_of(e->owner);
  for (int at = 0; at < e->transits.count; at++) close_all_of((uint32_t)e->transits.items[at]);
  int is_thread = syscall(SYS_gettid) != getpid(); /* A program that ends leaves its children to the system. */
  if (is_thread && e->children.count > 0) reap_later(e->children);
  else free(e->children.items);
  free(e->transits.items);
  free(e);
}

static napi_value claim(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  return from_int(env, claim_descriptor(env, to_int(env, args.values[0])));
}

static napi_value release(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  release_descriptor(to_int(env, args.values[0]));
  return from_int(env, 0);
}

static napi_value transit_open(napi_env env, napi_callback_info info) {
  (void)info;
  environment *e = environment_of(env);
  if (e == NULL) return from_int(env, -EINVAL);
  uint32_t transit = new_owner();
  int status = append(&e->transits, (int32_t)transit);
  return from_int(env, status < 0 ? status : (int64_t)transit);
}

static napi_value transit_close(napi_env env, napi_callback_info info) {
  arguments args;
  environment *e = environment_of(env);
  if (e == NULL || !take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  int transit = to_int(env, args.values[0]);
  delete_item(&e->transits, transit);
  if (transit != 0) close_all_of((uint32_t)transit);
  return from_int(env, 0);
}

static napi_value give(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 2)) return from_int(env, -EINVAL);
  return from_int(env, change_owner(to_int(env, args.values[0]), (uint32_t)to_int(env, args.values[1])));
}

static napi_value take(napi_env env, napi_callback_info info) {
  arguments args;
  environment *e = environment_of(env);
  if (e == NULL || !take_arguments(env, info, &args, 2)) return from_int(env, -EINVAL);
  int fd = to_int(env, args.values[0]);
  uint32_t transit = (uint32_t)to_int(env, args.values[1]);
  if (fd < 0) return from_int(env, fd);
  pthread_mutex_lock(&lock);
  int status = (fd < owners_size ? owners[fd] : 0) == transit ? set_owner(fd, e->owner) : -EBADF;
  pthread_mutex_unlock(&lock);
  return from_int(env, status < 0 ? status : fd);
}

static napi_value child_started(napi_env env, napi_callback_info info) {
  arguments args;
  environment *e = environment_of(env);
  if (e == NULL || !take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  return from_int(env, append(&e->children, to_int(env, args.values[0])));
}

static napi_value child_ended(napi_env env, napi_callback_info info) {
  arguments args;
  environment *e = environment_of(env);
  if (e == NULL || !take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  delete_item(&e->children, to_int(env, args.values[0]));
  return from_int(env, 0);
}

/* Before all other calls: hooks run in reverse order, so what watches a descriptor lets go of it before it is closed. */
void export_owners(napi_env env, napi_value exports) {
  environment *e = calloc(1, sizeof *e);
  if (e == NULL || napi_set_instance_data(env, e, NULL, NULL) != napi_ok) {
    free(e);
    return;
  }
  e->owner = new_owner();
  napi_add_env_cleanup_hook(env, on_environment_end, e);
  export_function(env, exports, "claim", claim);
  export_function(env, exports, "release", release);
  export_function(env, exports, "transitOpen", transit_open);
  export_function(env, exports, "transitClose", transit_close);
  export_function(env, exports, "give", give);
  export_function(env, exports, "take", take);
  export_function(env, exports, "childStarted", child_started);
  export_function(env, exports, "childEnded", child_ended);
}
