/*
 * What a scheduler of foreign programs asks the kernel: who belongs to a program, who of them wants a CPU, what they used; and
 * what it tells them: where to run, and signals that reach one process and never a stranger that got its pid.
 *
 *   walkTree(rows, roots) -> rows filled: the roots and all their descendants, each once; roots first, then parents before children
 *
 *      0     1    2       3      4        5      6      7     8       9           10            11        12       13       14
 *   +------+-----+--------+------+---------+-------+-------+------+--------+-----------+-------------+---------+---------+-------+------+
 *   | root | pid | parent | group| session | state | start | user | system | user of   | system of   | resident| threads | ready | CPU  |
 *   |      |     |        |      |         | letter| ticks | ticks| ticks  | those reaped            | bytes   |         | 0 | 1 | ns   |
 *   +------+-----+--------+------+---------+-------+-------+------+--------+-----------+-------------+---------+---------+-------+------+
 *
 * Fields are those of proc(5); the CPU time is of the process's clock (clock_getcpuclockid(3)), precise and for one call.
 */
#include "lanework.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef PIDFD_SIGNAL_PROCESS_GROUP
#define PIDFD_SIGNAL_PROCESS_GROUP (1u << 2)
#endif

/* What PIDFD_GET_INFO tells since Linux 6.13, and since 6.15 how a process ended (include/uapi/linux/pidfd.h). */
typedef struct {
  uint64_t mask, control_group;
  uint32_t pid, thread_group, parent, owners[8];
  int32_t exit_status;
} process_info;
enum { INFO_EXIT = 1 << 3 };
#define GET_PROCESS_INFO _IOWR(0xFF, 11, process_info)

enum { ROOT, PID, PARENT, GROUP, SESSION, STATE, START, USER, SYSTEM, CHILD_USER, CHILD_SYSTEM, RESIDENT, THREADS, READY, CPU, ROW };
/* Numbers of /proc/PID/stat after the state: parent is the first. */
enum { STAT_PARENT, STAT_GROUP, STAT_SESSION, STAT_USER = 10, STAT_SYSTEM, STAT_CHILD_USER, STAT_CHILD_SYSTEM };
enum { STAT_THREADS = 16, STAT_START = 18, STAT_RESIDENT = 20, STAT_NUMBERS };
enum { FILE_BYTES = 4096, PATH_BYTES = 64 };

/* The text of a small file of /proc, with a 0 at its end; -1 when the process is gone. */
static ssize_t read_file(const char *path, char *text, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  ssize_t got = read(fd, text, size - 1);
  close(fd);
  if (got >= 0) text[got] = 0;
  return got;
}

/* The state's letter, 0 when the process is gone. The name in parentheses may hold anything. */
static char read_stat(const char *path, int64_t *numbers) {
  char text[FILE_BYTES];
  if (read_file(path, text, sizeof text) <= 0) return 0;
  char *at = strrchr(text, ')');
  if (at == NULL || at[1] == 0 || at[2] == 0) return 0;
  char state = at[2];
  char *next = at + 3;
  for (int index = 0; index < STAT_NUMBERS; index++) numbers[index] = strtoll(next, &next, 10);
  return state;
}

/* CPU time of a whole process in nanoseconds; -1 when it is gone */
static double cpu_time(pid_t pid) {
  struct timespec time;
  clockid_t clock = (clockid_t)(~(unsigned)pid << 3 | 2);
  if (clock_gettime(clock, &time) < 0) return -1;
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

typedef struct {
  double *rows;
  size_t count, room;
} tree;

/* Once: a root may be a descendant of another. */
static void add_row(tree *all, double root, double pid) {
  for (size_t index = 0; index < all->count; index++)
    if (all->rows[index * ROW + PID] == pid) return;
  if (all->count >= all->room) return;
  double *row = all->rows + all->count++ * ROW;
  memset(row, 0, ROW * sizeof *row);
  row[ROOT] = root;
  row[PID] = pid;
}

/* The children that one thread has started; -errno where the kernel does not list them */
static int add_children(tree *all, double root, pid_t pid, long thread) {
  char path[PATH_BYTES], text[FILE_BYTES];
  snprintf(path, sizeof path, "/proc/%d/task/%ld/children", pid, thread);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  size_t kept = 0;
  for (;;) {
    ssize_t got = read(fd, text + kept, sizeof text - 1 - kept);
    if (got <= 0) break;
    size_t end = kept + (size_t)got;
    text[end] = 0;
    /* A number that the chunk cuts off is kept for the next one. */
    char *at = text, *blank;
    while ((blank = strchr(at, ' ')) != NULL) {
      add_row(all, root, (double)strtol(at, NULL, 10));
      at = blank + 1;
    }
    kept = (size_t)(text + end - at);
    memmove(text, at, kept);
  }
  close(fd);
  return 0;
}

/* All threads: their children, and whether one of them is ready or running */
static int visit_threads(tree *all, double *row) {
  pid_t pid = (pid_t)row[PID];
  if (row[THREADS] <= 1) return add_children(all, row[ROOT], pid, pid);
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *folder = opendir(path);
  if (folder == NULL) return 0;
  int result = 0;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (!isdigit((unsigned char)entry->d_name[0])) continue;
    long thread = strtol(entry->d_name, NULL, 10);
    int status = add_children(all, row[ROOT], pid, thread);
    if (status < 0 && thread == pid) result = status;
    if (row[READY] != 0) continue;
    int64_t numbers[STAT_NUMBERS];
    snprintf(path, sizeof path, "/proc/%d/task/%ld/stat", pid, thread);
    if (read_stat(path, numbers) == 'R') row[READY] = 1;
  }
  closedir(folder);
  return result;
}

static int visit(tree *all, size_t index) {
  double *row = all->rows + index * ROW;
  int64_t numbers[STAT_NUMBERS] = {0};
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)row[PID]);
  char state = read_stat(path, numbers);
  row[STATE] = state;
  if (state == 0) return 0;
  row[PARENT] = (double)numbers[STAT_PARENT];
  row[GROUP] = (double)numbers[STAT_GROUP];
  row[SESSION] = (double)numbers[STAT_SESSION];
  row[START] = (double)numbers[STAT_START];
  row[USER] = (double)numbers[STAT_USER];
  row[SYSTEM] = (double)numbers[STAT_SYSTEM];
  row[CHILD_USER] = (double)numbers[STAT_CHILD_USER];
  row[CHILD_SYSTEM] = (double)numbers[STAT_CHILD_SYSTEM];
  row[RESIDENT] = (double)numbers[STAT_RESIDENT] * (double)sysconf(_SC_PAGESIZE);
  row[THREADS] = (double)numbers[STAT_THREADS];
  row[READY] = state == 'R';
  row[CPU] = cpu_time((pid_t)row[PID]);
  int status = state == 'Z' || state == 'X' ? 0 : visit_threads(all, row);
  return status == -ENOENT && access(path, F_OK) < 0 ? 0 : status; /* It ended meanwhile. */
}

/* walkTree(rows Float64Array, roots Int32Array): how many rows; -ENOENT where the kernel does not list children */
static napi_value walk_tree(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *rows, *roots;
  size_t rows_size, roots_size;
  if (!take_arguments(env, info, &args, 2) || !to_bytes(env, args.values[0], &rows, &rows_size) ||
      !to_bytes(env, args.values[1], &roots, &roots_size))
    return from_int(env, -EINVAL);
  tree all = {.rows = (double *)(void *)rows, .room = rows_size / (ROW * sizeof(double))};
  for (size_t at = 0; at < roots_size / sizeof(int32_t); at++) add_row(&all, (double)at, ((int32_t *)(void *)roots)[at]);
  for (size_t index = 0; index < all.count; index++) {
    int status = visit(&all, index);
    if (status < 0) return from_int(env, status);
  }
  return from_int(env, (int64_t)all.count);
}

/* cpuTimes(pids Int32Array, nanoseconds Float64Array): 0; -1 in the place of one that is gone */
static napi_value cpu_times(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *pids, *times;
  size_t pids_size, times_size;
  if (!take_arguments(env, info, &args, 2) || !to_bytes(env, args.values[0], &pids, &pids_size) ||
      !to_bytes(env, args.values[1], &times, &times_size))
    return from_int(env, -EINVAL);
  size_t count = pids_size / sizeof(int32_t);
  if (count * sizeof(double) > times_size) return from_int(env, -EINVAL);
  for (size_t at = 0; at < count; at++)
    ((double *)(void *)times)[at] = cpu_time(((int32_t *)(void *)pids)[at]);
  return from_int(env, 0);
}

static double field_of(const char *text, const char *name) {
  const char *at = strstr(text, name);
  return at == NULL ? 0 : (double)strtoll(at + strlen(name), NULL, 10);
}

/* processUse(pid, use Float64Array(5)): [read, written (-1: not to be seen), peak resident, voluntary, involuntary switches] */
static napi_value process_use(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *data;
  size_t size;
  if (!take_arguments(env, info, &args, 2) || !to_bytes(env, args.values[1], &data, &size) || size < 5 * sizeof(double))
    return from_int(env, -EINVAL);
  int pid = to_int(env, args.values[0]);
  char path[PATH_BYTES], text[FILE_BYTES];
  double use[5] = {-1, -1, 0, 0, 0};
  snprintf(path, sizeof path, "/proc/%d/io", pid);
  if (read_file(path, text, sizeof text) > 0) {
    use[0] = field_of(text, "\nread_bytes: ");
    use[1] = field_of(text, "\nwrite_bytes: ");
  }
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *folder = opendir(path);
  if (folder == NULL) return from_int(env, -errno);
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (!isdigit((unsigned char)entry->d_name[0])) continue;
    snprintf(path, sizeof path, "/proc/%d/task/%ld/status", pid, strtol(entry->d_name, NULL, 10));
    if (read_file(path, text, sizeof text) <= 0) continue;
    use[2] = field_of(text, "\nVmHWM:") * 1024;
    use[3] += field_of(text, "\nvoluntary_ctxt_switches:");
    use[4] += field_of(text, "\nnonvoluntary_ctxt_switches:");
  }
  closedir(folder);
  memcpy(data, use, sizeof use);
  return from_int(env, 0);
}

/* setAffinity(pid, cpus Int32Array): how many threads of it run there now, or -errno */
static napi_value set_affinity(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *data;
  size_t size;
  if (!take_arguments(env, info, &args, 2) || !to_bytes(env, args.values[1], &data, &size)) return from_int(env, -EINVAL);
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (size_t at = 0; at < size / sizeof(int32_t); at++) {
    int32_t cpu = ((int32_t *)(void *)data)[at];
    if (cpu >= 0 && cpu < CPU_SETSIZE) CPU_SET(cpu, &cpus);
  }
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "/proc/%d/task", to_int(env, args.values[0]));
  DIR *folder = opendir(path);
  if (folder == NULL) return from_int(env, -errno);
  int64_t moved = 0;
  int error = 0;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (!isdigit((unsigned char)entry->d_name[0])) continue;
    if (sched_setaffinity((pid_t)strtol(entry->d_name, NULL, 10), sizeof cpus, &cpus) == 0) moved++;
    else error = errno;
  }
  closedir(folder);
  return from_int(env, moved > 0 || error == 0 ? moved : -error);
}

/* A descriptor of the process that started then; -ESRCH when it is gone, whoever has its pid now. First the descriptor, then the
 * look: if the process that was meant is there now, it was there before too. */
static int64_t open_same(pid_t pid, double start) {
  int fd = (int)syscall(SYS_pidfd_open, pid, 0u);
  if (fd < 0) return -errno;
  char path[PATH_BYTES];
  int64_t numbers[STAT_NUMBERS] = {0};
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  char state = read_stat(path, numbers);
  if (state != 0 && state != 'Z' && state != 'X' && (double)numbers[STAT_START] == start) return fd;
  close(fd);
  return -ESRCH;
}

/* openProcess(pid, startTicks): a descriptor, or -ESRCH; -ENOSYS before Linux 5.3 */
static napi_value open_process(napi_env env, napi_callback_info info) {
  arguments args;
  double start = 0;
  if (!take_arguments(env, info, &args, 2)) return from_int(env, -EINVAL);
  napi_get_value_double(env, args.values[1], &start);
  int64_t fd = open_same(to_int(env, args.values[0]), start);
  return from_int(env, fd < 0 ? fd : claim_descriptor(env, (int)fd));
}

/* signalProcess(fd, signal, group 0 | 1): 0, or -ESRCH when it is gone; -EINVAL for a group before Linux 6.9 */
static napi_value signal_process(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 3)) return from_int(env, -EINVAL);
  unsigned flags = to_int(env, args.values[2]) ? PIDFD_SIGNAL_PROCESS_GROUP : 0u;
  long result = syscall(SYS_pidfd_send_signal, to_int(env, args.values[0]), to_int(env, args.values[1]), NULL, flags);
  return from_int(env, result < 0 ? -errno : 0);
}

/* exitStatus(fd): as waitpid(2) gives it, to anybody, once the process was reaped; -EAGAIN before, and where the kernel does not say */
static napi_value exit_status(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  process_info found = {.mask = INFO_EXIT};
  if (ioctl(to_int(env, args.values[0]), GET_PROCESS_INFO, &found) < 0) return from_int(env, -errno);
  return from_int(env, (found.mask & INFO_EXIT) ? found.exit_status : -EAGAIN);
}

/* quietStops(): children that stop or go on no longer wake us, only those that end do */
static napi_value quiet_stops(napi_env env, napi_callback_info info) {
  (void)info;
  struct sigaction action;
  if (sigaction(SIGCHLD, NULL, &action) < 0) return from_int(env, -errno);
  action.sa_flags |= SA_NOCLDSTOP;
  return from_int(env, sigaction(SIGCHLD, &action, NULL) < 0 ? -errno : 0);
}

/* cutFront(fd, bytes, callback): takes whole blocks off the front of a file, in one step for whoever appends. The file system may
 * have to write first, so another thread does it; callback(0), or -EOPNOTSUPP where the file system cannot, and so on. */
typedef struct {
  napi_async_work work;
  napi_ref callback;
  int fd, error;
  int64_t bytes;
} cut;

static void cut_in_thread(napi_env env, void *data) {
  (void)env;
  cut *it = data;
  it->error = fallocate(it->fd, FALLOC_FL_COLLAPSE_RANGE, 0, it->bytes) < 0 ? errno : 0;
}

static void cut_is_done(napi_env env, napi_status status, void *data) {
  cut *it = data;
  napi_value callback = NULL, global = NULL, result = from_int(env, status == napi_ok ? -it->error : -ECANCELED);
  napi_get_reference_value(env, it->callback, &callback);
  napi_get_global(env, &global);
  if (callback != NULL) napi_call_function(env, global, callback, 1, &result, NULL);
  napi_delete_reference(env, it->callback);
  napi_delete_async_work(env, it->work);
  free(it);
}

static napi_value cut_front(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 3)) return from_int(env, -EINVAL);
  cut *it = calloc(1, sizeof *it);
  if (it == NULL) return from_int(env, -ENOMEM);
  it->fd = to_int(env, args.values[0]);
  napi_get_value_int64(env, args.values[1], &it->bytes);
  napi_value name = NULL;
  napi_create_string_utf8(env, "cutFront", NAPI_AUTO_LENGTH, &name);
  if (napi_create_reference(env, args.values[2], 1, &it->callback) == napi_ok) {
    if (napi_create_async_work(env, NULL, name, cut_in_thread, cut_is_done, it, &it->work) == napi_ok) {
      if (napi_queue_async_work(env, it->work) == napi_ok) return from_int(env, 0);
      napi_delete_async_work(env, it->work);
    }
    napi_delete_reference(env, it->callback);
  }
  free(it);
  return from_int(env, -EINVAL);
}

void export_watches(napi_env env, napi_value exports) {
  export_function(env, exports, "walkTree", walk_tree);
  export_function(env, exports, "cpuTimes", cpu_times);
  export_function(env, exports, "processUse", process_use);
  export_function(env, exports, "setAffinity", set_affinity);
  export_function(env, exports, "openProcess", open_process);
  export_function(env, exports, "signalProcess", signal_process);
  export_function(env, exports, "exitStatus", exit_status);
  export_function(env, exports, "quietStops", quiet_stops);
  export_function(env, exports, "cutFront", cut_front);
}
