/*
 * The real-time clock in nanoseconds, which Node's own calls round to a millisecond.
 */
#include "lanework.h"

#include <errno.h>
#include <time.h>

/* realTime(pair): writes seconds since 1970 and nanoseconds, two doubles. */
static napi_value real_time(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *pair;
  size_t size;
  if (!take_arguments(env, info, &args, 1) || !to_bytes(env, args.values[0], &pair, &size) || size < 2 * sizeof(double))
    return from_int(env, -EINVAL);
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) < 0) return from_int(env, -errno);
  double values[2] = {(double)now.tv_sec, (double)now.tv_nsec};
  memcpy(pair, values, sizeof values);
  return from_int(env, 0);
}

void export_clock(napi_env env, napi_value exports) { export_function(env, exports, "realTime", real_time); }
