/* Endpoint records to and from text: the only place that knows the layouts of socket addresses. */
#include "lanework.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/un.h>

static int pack_ip4(uint8_t *record, const char *host, int port) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, host, &name.sin_addr) != 1) return -EINVAL;
  uint32_t length = sizeof name;
  memcpy(record, &length, 4);
  memcpy(record + RECORD_NAME, &name, sizeof name);
  return 0;
}

/* A scope (`%eth0` or `%2`) may follow an IPv6 address. */
static int pack_ip6(uint8_t *record, char *host, int port) {
  struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  char *scope = strchr(host, '%');
  if (scope != NULL) {
    *scope++ = 0;
    name.sin6_scope_id = if_nametoindex(scope);
    for (const char *digit = scope; name.sin6_scope_id == 0 && *digit >= '0' && *digit <= '9'; digit++) {
      name.sin6_scope_id = name.sin6_scope_id * 10 + (uint32_t)(*digit - '0');
      if (digit[1] < '0' || digit[1] > '9') break;
    }
  }
  if (inet_pton(AF_INET6, host, &name.sin6_addr) != 1) return -EINVAL;
  uint32_t length = sizeof name;
  memcpy(record, &length, 4);
  memcpy(record + RECORD_NAME, &name, sizeof name);
  return 0;
}

static int pack_unix(uint8_t *record, const char *path, size_t size) {
  struct sockaddr_un name = {.sun_family = AF_UNIX};
  if (size == 0 || size >= sizeof name.sun_path) return -ENAMETOOLONG;
  memcpy(name.sun_path, path, size);
  uint32_t length = (uint32_t)(offsetof(struct sockaddr_un, sun_path) + size + 1);
  memcpy(record, &length, 4);
  memcpy(record + RECORD_NAME, &name, sizeof name);
  return 0;
}

/* packAddress(record, family 4 | 6 | 1, hostOrPath, port): 0 or -errno */
static napi_value pack_address(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *record;
  size_t size, length = 0;
  char text[256];
  if (!take_arguments(env, info, &args, 4) || !to_bytes(env, args.values[0], &record, &size) || size < RECORD_BYTES)
    return from_int(env, -EINVAL);
  if (napi_get_value_string_utf8(env, args.values[2], text, sizeof text, &length) != napi_ok) return from_int(env, -EINVAL);
  int family = to_int(env, args.values[1]);
  int port = to_int(env, args.values[3]);
  memset(record, 0, RECORD_BYTES);
  if (family == 4) return from_int(env, pack_ip4(record, text, port));
  if (family == 6) return from_int(env, pack_ip6(record, text, port));
  return from_int(env, pack_unix(record, text, length));
}

/* unpackAddress(record): [family 4 | 6 | 1 | 0, hostOrPath, port] */
static napi_value unpack_address(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *record;
  size_t size;
  if (!take_arguments(env, info, &args, 1) || !to_bytes(env, args.values[0], &record, &size) || size < RECORD_BYTES)
    return NULL;
  uint32_t length;
  memcpy(&length, record, 4);
  struct sockaddr_storage name = {0};
  memcpy(&name, record + RECORD_NAME, RECORD_NAME_BYTES);
  char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1] = "";
  const char *host = text;
  size_t host_bytes = NAPI_AUTO_LENGTH;
  int family = 0, port = 0;
  if (name.ss_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)&name;
    inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
    family = 4;
    port = ntohs(in->sin_port);
  } else if (name.ss_family == AF_INET6) {
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&name;
    inet_ntop(AF_INET6, &in6->sin6_addr, text, INET6_ADDRSTRLEN);
    char interface[IF_NAMESIZE];
    if (in6->sin6_scope_id != 0 && if_indextoname(in6->sin6_scope_id, interface) != NULL) {
      strcat(text, "%");
      strcat(text, interface);
    }
    family = 6;
    port = ntohs(in6->sin6_port);
  } else if (name.ss_family == AF_UNIX) {
    const struct sockaddr_un *un = (const struct sockaddr_un *)&name;
    family = 1;
    size_t offset = offsetof(struct sockaddr_un, sun_path);
    host = un->sun_path;
    host_bytes = length > offset ? strnlen(un->sun_path, length - offset) : 0;
  }
  napi_value result = NULL, element = NULL;
  napi_create_array_with_length(env, 3, &result);
  napi_set_element(env, result, 0, from_int(env, family));
  napi_create_string_utf8(env, host, host_bytes, &element);
  napi_set_element(env, result, 1, element);
  napi_set_element(env, result, 2, from_int(env, port));
  return result;
}

void export_addresses(napi_env env, napi_value exports) {
  export_constant(env, exports, "recordBytes", RECORD_BYTES);
  export_function(env, exports, "packAddress", pack_address);
  export_function(env, exports, "unpackAddress", unpack_address);
}
