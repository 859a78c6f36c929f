/* Entry of the addon, and the conversions between JavaScript values and C that all files share. */
#include "lanework.h"

#include <errno.h>

int take_arguments(napi_env env, napi_callback_info info, arguments *args, size_t least) {
  args->count = ARGUMENTS_MAX;
  if (napi_get_cb_info(env, info, &args->count, args->values, NULL, NULL) != napi_ok) return 0;
  return args->count >= least;
}

int32_t to_int(napi_env env, napi_value value) {
  int32_t number = 0;
  napi_get_value_int32(env, value, &number);
  return number;
}

int to_bytes(napi_env env, napi_value value, uint8_t **data, size_t *size) {
  napi_typedarray_type type;
  size_t length = 0;
  void *memory = NULL;
  if (napi_get_typedarray_info(env, value, &type, &length, &memory, NULL, NULL) != napi_ok) return 0;
  static const uint8_t element_bytes[] = {1, 1, 1, 2, 2, 4, 4, 4, 8, 8, 8};
  *data = memory;
  *size = length * element_bytes[type];
  return 1;
}

void *take_handle(napi_env env, napi_callback_info info, arguments *args, size_t least) {
  void *data = NULL;
  if (take_arguments(env, info, args, least)) napi_get_value_external(env, args->values[0], &data);
  return data;
}

napi_value new_handle(napi_env env, void *data, napi_finalize free_data) {
  napi_value handle = NULL;
  if (napi_create_external(env, data, free_data, NULL, &handle) != napi_ok && free_data != NULL) free_data(env, data, NULL);
  return handle;
}

napi_value from_int(napi_env env, int64_t value) {
  napi_value result = NULL;
  napi_create_int64(env, value, &result);
  return result;
}

void export_function(napi_env env, napi_value exports, const char *name, napi_callback call) {
  napi_value function = NULL;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, call, NULL, &function) != napi_ok) return;
  napi_set_named_property(env, exports, name, function);
}

void export_constant(napi_env env, napi_value exports, const char *name, int64_t value) {
  napi_set_named_property(env, exports, name, from_int(env, value));
}

NAPI_MODULE_INIT() {
  export_owners(env, exports);
  export_addresses(env, exports);
  export_descriptors(env, exports);
  export_polls(env, exports);
  export_clock(env, exports);
  export_datagrams(env, exports);
  export_streams(env, exports);
  export_bound(env, exports);
  export_memory(env, exports);
  export_processes(env, exports);
  export_programs(env, exports);
  export_watches(env, exports);
  return exports;
}
