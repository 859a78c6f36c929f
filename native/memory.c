/*
 * Memory that processes share, and descriptors that wake whoever waits for a change in it.
 *
 *   memoryCreate(name, bytes) -> fd        an anonymous file in memory (memfd), allocated and sealed at its size
 *   memoryMap(fd, bytes) -> ArrayBuffer    the same bytes in every process that maps it
 *   memoryRelease(buffer)                  unmaps now; views of it become empty
 *   memoryOpenAgain(fd) -> fd              another opening of the same file
 *   eventOpen() eventSignal(fd)
 *   eventWatch(fd) -> watch fd             readable after each signal, whoever else watches or drained it
 *
 * Pages are allocated at creation, as touching an unbacked page of a full tmpfs kills with SIGBUS; the seals
 * keep any holder from shrinking the file under the others.
 */
#include "lanework.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t result_of(int64_t value) { return value < 0 ? -errno : value; }

static int64_t to_int64(napi_env env, napi_value value) {
  int64_t number = 0;
  napi_get_value_int64(env, value, &number);
  return number;
}

/* memoryCreate(name, bytes): descriptor */
static napi_value memory_create(napi_env env, napi_callback_info info) {
  arguments args;
  char name[128];
  if (!take_arguments(env, info, &args, 2) || napi_get_value_string_utf8(env, args.values[0], name, sizeof name, NULL) != napi_ok)
    return from_int(env, -EINVAL);
  int64_t bytes = to_int64(env, args.values[1]);
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return from_int(env, -errno);
  int status = ftruncate(fd, bytes) < 0 ? errno : posix_fallocate(fd, 0, bytes);
  if (status == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) status = errno;
  if (status == 0) return from_int(env, claim_descriptor(env, fd));
  close(fd);
  return from_int(env, -status);
}

/* memoryCopy(name, bytes): descriptor of memory that holds a copy; a write allocates pages without zeroing or faulting them in */
static napi_value memory_copy(napi_env env, napi_callback_info info) {
  arguments args;
  char name[128];
  uint8_t *bytes;
  size_t size;
  if (!take_arguments(env, info, &args, 2) || napi_get_value_string_utf8(env, args.values[0], name, sizeof name, NULL) != napi_ok ||
      !to_bytes(env, args.values[1], &bytes, &size))
    return from_int(env, -EINVAL);
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return from_int(env, -errno);
  int status = 0;
  for (size_t written = 0; written < size && status == 0;) {
    ssize_t count = write(fd, bytes + written, size - written);
    if (count < 0 && errno != EINTR) status = errno;
    else if (count > 0) written += (size_t)count;
  }
  if (status == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0) status = errno;
  if (status == 0) return from_int(env, claim_descriptor(env, fd));
  close(fd);
  return from_int(env, -status);
}

static void unmap(napi_env env, void *memory, void *hint) {
  (void)env;
  munmap(memory, (size_t)(uintptr_t)hint);
}

/* memoryMap(fd, bytes): ArrayBuffer */
static napi_value memory_map(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 2)) return from_int(env, -EINVAL);
  size_t bytes = (size_t)to_int64(env, args.values[1]);
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, to_int(env, args.values[0]), 0);
  if (memory == MAP_FAILED) return from_int(env, -errno);
  napi_value buffer = NULL;
  napi_status status = napi_create_external_arraybuffer(env, memory, bytes, unmap, (void *)(uintptr_t)bytes, &buffer);
  if (status == napi_ok) return buffer;
  munmap(memory, bytes);
  return from_int(env, status == napi_no_external_buffers_allowed ? -EOPNOTSUPP : -ENOMEM);
}

static napi_value memory_release(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  return from_int(env, napi_detach_arraybuffer(env, args.values[0]) == napi_ok ? 0 : -EINVAL);
}

/* memoryOpenAgain(fd): with a position and locks of its own, unlike a duplicate */
static napi_value memory_open_again(napi_env env, napi_callback_info info) {
  arguments args;
  char path[32];
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  snprintf(path, sizeof path, "/proc/self/fd/%d", to_int(env, args.values[0]));
  return from_int(env, claim_descriptor(env, (int)result_of(open(path, O_RDWR | O_CLOEXEC))));
}

/* descriptorBytes(fd): the size of its file */
static napi_value descriptor_bytes(napi_env env, napi_callback_info info) {
  arguments args;
  struct stat stat;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  return from_int(env, fstat(to_int(env, args.values[0]), &stat) < 0 ? -errno : stat.st_size);
}

/* descriptorIdentity(fd): a number that two descriptors of the same file have in common, and no others */
static napi_value descriptor_identity(napi_env env, napi_callback_info info) {
  arguments args;
  struct stat stat;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  if (fstat(to_int(env, args.values[0]), &stat) < 0) return from_int(env, -errno);
  return from_int(env, (int64_t)((stat.st_dev & 0xfff) << 40 | (stat.st_ino & 0xffffffffff)));
}

/* lockFile(fd, 0 unlock | 1 shared | 2 exclusive): never waits; the kernel unlocks when the last user is gone */
static napi_value lock_file(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 2)) return from_int(env, -EINVAL);
  int kind = to_int(env, args.values[1]);
  int operation = kind == 0 ? LOCK_UN : (kind == 1 ? LOCK_SH : LOCK_EX) | LOCK_NB;
  return from_int(env, result_of(flock(to_int(env, args.values[0]), operation)));
}

/* eventOpen(): as all descriptors made here, it belongs to this environment: see owner.c */
static napi_value event_open(napi_env env, napi_callback_info info) {
  (void)info;
  return from_int(env, claim_descriptor(env, (int)result_of(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))));
}

static napi_value event_signal(napi_env env, napi_callback_info info) {
  arguments args;
  uint64_t one = 1;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  return from_int(env, result_of(write(to_int(env, args.values[0]), &one, sizeof one)));
}

/* eventWatch(fd): a descriptor that becomes readable with each signal (edge triggered), until watchClear */
static napi_value event_watch(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  int watch = epoll_create1(EPOLL_CLOEXEC);
  if (watch < 0) return from_int(env, -errno);
  struct epoll_event event = {.events = EPOLLIN | EPOLLET};
  if (epoll_ctl(watch, EPOLL_CTL_ADD, to_int(env, args.values[0]), &event) == 0)
    return from_int(env, claim_descriptor(env, watch));
  int status = -errno;
  close(watch);
  return from_int(env, status);
}

/* watchClear(watch): 1 when there was a signal since the last call, else 0 */
static napi_value watch_clear(napi_env env, napi_callback_info info) {
  arguments args;
  struct epoll_event event;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  return from_int(env, result_of(epoll_wait(to_int(env, args.values[0]), &event, 1, 0)));
}

void export_memory(napi_env env, napi_value exports) {
  export_function(env, exports, "memoryCreate", memory_create);
  export_function(env, exports, "memoryCopy", memory_copy);
  export_function(env, exports, "memoryMap", memory_map);
  export_function(env, exports, "memoryRelease", memory_release);
  export_function(env, exports, "memoryOpenAgain", memory_open_again);
  export_function(env, exports, "descriptorBytes", descriptor_bytes);
  export_function(env, exports, "descriptorIdentity", descriptor_identity);
  export_function(env, exports, "lockFile", lock_file);
  export_function(env, exports, "eventOpen", event_open);
  export_function(env, exports, "eventSignal", event_signal);
  export_function(env, exports, "eventWatch", event_watch);
  export_function(env, exports, "watchClear", watch_clear);
}
