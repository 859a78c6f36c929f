/*
 * Programs: spawned, reaped with their use of resources, and their pipes.
 *
 *   spawnProgram(paths, argv, environment, folder, settings, mark) -> pid, or -errno with the step that failed
 *   reapProgram(pid | -1, outcome) -> pid, 0 when none has ended, or -errno
 *
 * The child runs on the parent's memory until exec (vfork), so that a large parent costs nothing; between the two it makes
 * only system calls. All signals are blocked from before the fork until the child has reset their handlers. What goes
 * wrong there comes back through a pipe that exec closes.
 *
 *   settings: [stdin, stdout, stderr, flags, nice, failed step (written), marks, control group,
 *              umask, open files, cpu, cpu, ...]
 *
 * With a descriptor of marks (-1: none) the child appends a line `MARK PID;` as the last thing before exec, and `MARK 0;` when exec
 * failed: what has no mark never ran, whoever was killed in between. With one of a control group's `cgroup.procs` it enters
 * that group before it runs anything. A umask or a soft limit of open files of -1 is left as the parent has it.
 */
#include "lanework.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4
#endif

enum { IN_GROUP = 1, DIES_WITH_PARENT = 2, IGNORES_HANGUP = 4, HAS_NICE = 8, IN_SESSION = 16 };
enum { STEP_NONE, STEP_GROUP, STEP_PARENT, STEP_NICE, STEP_AFFINITY, STEP_FOLDER, STEP_DESCRIPTORS, STEP_EXEC, STEP_CONTROL_GROUP, STEP_MARK, STEP_OPEN_FILES };
enum { SETTING_FLAGS = 3, SETTING_NICE = 4, SETTING_STEP = 5, SETTING_MARKS = 6, SETTING_CONTROL_GROUP = 7, SETTING_UMASK = 8, SETTING_OPEN_FILES = 9, SETTING_CPUS = 10 };
enum { MARK_BYTES = 128 };

typedef struct {
  char **paths, **argv, **environment;
  char *folder, *mark;
  int descriptors[3];
  int flags, nice, has_cpus, report, marks, control_group, umask, open_files;
  pid_t parent;
  cpu_set_t cpus;
} plan;

typedef struct { int step, error; } failure;

/* In the child */

static int place_descriptors(plan *p) {
  /* First out of the way of 0 to 2, so that none is overwritten before it was copied. */
  for (int at = 0; at < 3; at++) {
    if (p->descriptors[at] > 2) continue;
    p->descriptors[at] = fcntl(p->descriptors[at], F_DUPFD_CLOEXEC, 3);
    if (p->descriptors[at] < 0) return -1;
  }
  for (int at = 0; at < 3; at++)
    if (dup2(p->descriptors[at], at) < 0) return -1;
  /* Not closed but marked, as the pipe to the parent must live until exec. */
  if (syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) == 0) return 0;
  for (int fd = 3; fd < 65536; fd++) fcntl(fd, F_SETFD, FD_CLOEXEC);
  return 0;
}

static void reset_signals(const plan *p) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  for (int number = 1; number < NSIG; number++) sigaction(number, &action, NULL);
  action.sa_handler = SIG_IGN;
  if (p->flags & IGNORES_HANGUP) sigaction(SIGHUP, &action, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Descriptors that are open beyond it stay so. */
static int limit_open_files(int wanted) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -1;
  limit.rlim_cur = (rlim_t)wanted < limit.rlim_max ? (rlim_t)wanted : limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit);
}

static int prepare(plan *p) {
  if (p->flags & IN_SESSION) {
    if (setsid() < 0) return STEP_GROUP;
    /* Whoever stops it may be killed; then the kernel lets it go on. */
    if (prctl(PR_SET_PDEATHSIG, SIGCONT) < 0) return STEP_PARENT;
  } else if ((p->flags & IN_GROUP) && setpgid(0, 0) < 0) return STEP_GROUP;
  if (p->flags & DIES_WITH_PARENT) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return STEP_PARENT;
    if (getppid() != p->parent) _exit(127); /* It died before; nobody is left to tell. */
  }
  if (p->control_group >= 0 && write(p->control_group, "0", 1) < 0) return STEP_CONTROL_GROUP;
  if ((p->flags & HAS_NICE) && setpriority(PRIO_PROCESS, 0, p->nice) < 0) return STEP_NICE;
  if (p->has_cpus && sched_setaffinity(0, sizeof p->cpus, &p->cpus) < 0) return STEP_AFFINITY;
  if (p->folder != NULL && chdir(p->folder) < 0) return STEP_FOLDER;
  if (place_descriptors(p) < 0) return STEP_DESCRIPTORS;
  if (p->umask >= 0) umask((mode_t)p->umask);
  return p->open_files >= 0 && limit_open_files(p->open_files) < 0 ? STEP_OPEN_FILES : STEP_NONE;
}

/* Only what may be called between fork and exec. The line begins anew, as the one before may have been cut off. */
static int leave_mark(const plan *p, pid_t pid) {
  if (p->marks < 0) return 0;
  char line[MARK_BYTES + 16];
  size_t size = 0;
  line[size++] = '\n';
  for (const char *at = p->mark; *at != 0 && size <= MARK_BYTES; at++) line[size++] = *at;
  line[size++] = ' ';
  char digits[12];
  size_t count = 0;
  do digits[count++] = (char)('0' + pid % 10);
  while ((pid /= 10) > 0);
  while (count > 0) line[size++] = digits[--count];
  line[size++] = ';';
  line[size++] = '\n';
  ssize_t put = write(p->marks, line, size);
  if (put >= 0 && (size_t)put < size) errno = ENOSPC;
  return put == (ssize_t)size ? 0 : -1;
}

/* The first path that can be run; one that may not be is the better reason than one that is not there. */
static int run_first(const plan *p) {
  int error = ENOENT;
  for (char **path = p->paths; *path != NULL; path++) {
    execve(*path, p->argv, p->environment);
    if (errno != ENOENT && errno != ENOTDIR) error = errno;
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) break;
  }
  return error;
}

static void __attribute__((noinline, noreturn)) be_child(plan *p) {
  failure told = {.step = prepare(p), .error = errno};
  if (told.step == STEP_NONE && leave_mark(p, getpid()) < 0) {
    told.step = STEP_MARK;
    told.error = errno;
  }
  if (told.step == STEP_NONE) {
    reset_signals(p);
    told.step = STEP_EXEC;
    told.error = run_first(p);
    leave_mark(p, 0);
  }
  ssize_t ignored = write(p->report, &told, sizeof told);
  (void)ignored;
  _exit(127);
}

/* In the parent */

static pid_t __attribute__((noinline)) fork_child(plan *p) {
  pid_t pid = vfork();
  if (pid == 0) be_child(p);
  return pid;
}

static int64_t spawn(plan *p, failure *told) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) < 0) return -errno;
  p->report = report[1];
  p->parent = getpid();
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = fork_child(p);
  int fork_error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(report[1]);
  int64_t result = pid < 0 ? -fork_error : pid;
  ssize_t got = pid < 0 ? 0 : read(report[0], told, sizeof *told);
  close(report[0]);
  if (got != sizeof *told) return result;
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  return -told->error;
}

static char *to_text(napi_env env, napi_value value) {
  size_t size = 0;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &size) != napi_ok) return NULL;
  char *text = malloc(size + 1);
  if (text != NULL) napi_get_value_string_utf8(env, value, text, size + 1, &size);
  return text;
}

static void free_list(char **list) {
  for (char **each = list; each != NULL && *each != NULL; each++) free(*each);
  free(list);
}

/* NULL when it is no array of strings */
static char **to_list(napi_env env, napi_value value) {
  uint32_t count = 0;
  if (napi_get_array_length(env, value, &count) != napi_ok) return NULL;
  char **list = calloc(count + 1, sizeof *list);
  for (uint32_t at = 0; list != NULL && at < count; at++) {
    napi_value element = NULL;
    napi_get_element(env, value, at, &element);
    list[at] = to_text(env, element);
    if (list[at] != NULL) continue;
    free_list(list);
    return NULL;
  }
  return list;
}

static void read_settings(plan *p, const int32_t *settings, size_t count) {
  memcpy(p->descriptors, settings, sizeof p->descriptors);
  p->flags = settings[SETTING_FLAGS];
  p->nice = settings[SETTING_NICE];
  p->marks = settings[SETTING_MARKS];
  p->control_group = settings[SETTING_CONTROL_GROUP];
  p->umask = settings[SETTING_UMASK];
  p->open_files = settings[SETTING_OPEN_FILES];
  p->has_cpus = count > SETTING_CPUS;
  CPU_ZERO(&p->cpus);
  for (size_t at = SETTING_CPUS; at < count; at++)
    if (settings[at] >= 0 && settings[at] < CPU_SETSIZE) CPU_SET(settings[at], &p->cpus);
}

/* spawnProgram(paths, argv, environment, folder, settings Int32Array, mark): pid */
static napi_value spawn_program(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *settings;
  size_t size;
  if (!take_arguments(env, info, &args, 6) || !to_bytes(env, args.values[4], &settings, &size) || size < SETTING_CPUS * 4)
    return from_int(env, -EINVAL);
  plan p = {0};
  failure told = {0};
  read_settings(&p, (const int32_t *)(void *)settings, size / 4);
  p.paths = to_list(env, args.values[0]);
  p.argv = to_list(env, args.values[1]);
  p.environment = to_list(env, args.values[2]);
  p.folder = to_text(env, args.values[3]);
  p.mark = to_text(env, args.values[5]);
  int whole = p.paths != NULL && p.argv != NULL && p.environment != NULL && p.folder != NULL && p.mark != NULL;
  int64_t result = whole ? spawn(&p, &told) : -EINVAL;
  memcpy(settings + SETTING_STEP * 4, &told.step, sizeof told.step);
  free_list(p.paths);
  free_list(p.argv);
  free_list(p.environment);
  free(p.folder);
  free(p.mark);
  return from_int(env, result);
}

static double milliseconds(struct timeval time) { return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3; }

/* reapProgram(pid | -1, outcome Float64Array(11)): pid, 0 or -errno */
static napi_value reap_program(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *data;
  size_t size;
  if (!take_arguments(env, info, &args, 2) || !to_bytes(env, args.values[1], &data, &size) || size < 11 * sizeof(double))
    return from_int(env, -EINVAL);
  int status = 0;
  struct rusage use;
  pid_t pid = wait4(to_int(env, args.values[0]), &status, WNOHANG, &use);
  if (pid <= 0) return from_int(env, pid < 0 ? -errno : 0);
  double outcome[] = {
    WIFEXITED(status) ? WEXITSTATUS(status) : -1,
    WIFSIGNALED(status) ? WTERMSIG(status) : 0,
    milliseconds(use.ru_utime), milliseconds(use.ru_stime), (double)use.ru_maxrss * 1024,
    (double)use.ru_minflt, (double)use.ru_majflt, (double)use.ru_nvcsw, (double)use.ru_nivcsw,
    (double)use.ru_inblock, (double)use.ru_oublock,
  };
  memcpy(data, outcome, sizeof outcome);
  return from_int(env, pid);
}

/* becomeSubreaper(): orphans among our descendants become our children, and we reap them */
static napi_value become_subreaper(napi_env env, napi_callback_info info) {
  (void)info;
  return from_int(env, prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ? -errno : 0);
}

/* openPipe([reading, writing] Int32Array, ours 0 | 1): the end that we keep never blocks, the program's does */
static napi_value open_pipe(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *data;
  size_t size;
  int fds[2];
  if (!take_arguments(env, info, &args, 2) || !to_bytes(env, args.values[0], &data, &size) || size < sizeof fds)
    return from_int(env, -EINVAL);
  if (pipe2(fds, O_CLOEXEC) < 0) return from_int(env, -errno);
  fcntl(fds[to_int(env, args.values[1]) ? 1 : 0], F_SETFL, O_NONBLOCK | (to_int(env, args.values[1]) ? O_WRONLY : O_RDONLY));
  for (int at = 0; at < 2; at++) claim_descriptor(env, fds[at]);
  memcpy(data, fds, sizeof fds);
  return from_int(env, 0);
}

/* readBytes(fd, buffer): count, 0 at the end */
static napi_value read_bytes(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *data;
  size_t size;
  if (!take_arguments(env, info, &args, 2) || !to_bytes(env, args.values[1], &data, &size)) return from_int(env, -EINVAL);
  ssize_t got = read(to_int(env, args.values[0]), data, size);
  return from_int(env, got < 0 ? -errno : got);
}

/* writeBytes(fd, bytes): count */
static napi_value write_bytes(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *data;
  size_t size;
  if (!take_arguments(env, info, &args, 2) || !to_bytes(env, args.values[1], &data, &size)) return from_int(env, -EINVAL);
  ssize_t put = write(to_int(env, args.values[0]), data, size);
  return from_int(env, put < 0 ? -errno : put);
}

void export_programs(napi_env env, napi_value exports) {
  export_function(env, exports, "spawnProgram", spawn_program);
  export_function(env, exports, "reapProgram", reap_program);
  export_function(env, exports, "becomeSubreaper", become_subreaper);
  export_function(env, exports, "openPipe", open_pipe);
  export_function(env, exports, "readBytes", read_bytes);
  export_function(env, exports, "writeBytes", write_bytes);
}
