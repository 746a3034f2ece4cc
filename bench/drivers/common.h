/*
 * What the C programs of the bench share. The settings are those of scenario.mjs; the modes are
 * those that this package and node:tls set.
 */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define GROUPS "X25519:P-256"
#define CIPHER_1_2 "ECDHE-ECDSA-AES128-GCM-SHA256"
#define CIPHER_1_3 "TLS_AES_128_GCM_SHA256"

static inline void must(int ok, const char* what) {
  if (ok) return;
  fprintf(stderr, "%s failed\n", what);
  ERR_print_errors_fp(stderr);
  exit(1);
}

static inline int version_named(const char* name) {
  return strcmp(name, "TLSv1.2") == 0 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

static inline SSL_CTX* new_context(const SSL_METHOD* method, int version) {
  SSL_CTX* ctx = SSL_CTX_new(method);
  must(ctx != NULL, "SSL_CTX_new");
  SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                            SSL_MODE_RELEASE_BUFFERS);
  must(SSL_CTX_set_min_proto_version(ctx, version), "minimum version");
  must(SSL_CTX_set_max_proto_version(ctx, version), "maximum version");
  must(SSL_CTX_set_cipher_list(ctx, CIPHER_1_2), "cipher list");
  must(SSL_CTX_set_ciphersuites(ctx, CIPHER_1_3), "cipher suites");
  must(SSL_CTX_set1_groups_list(ctx, GROUPS), "groups");
  return ctx;
}

static inline void load_server_identity(SSL_CTX* ctx, const char* directory) {
  char path[4096];
  snprintf(path, sizeof path, "%s/cert.pem", directory);
  must(SSL_CTX_use_certificate_chain_file(ctx, path), path);
  snprintf(path, sizeof path, "%s/key.pem", directory);
  must(SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM), path);
  must(SSL_CTX_set_session_id_context(ctx, (const unsigned char*)"bench", 5), "session id context");
}

static inline double seconds_of(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static inline double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

#endif
