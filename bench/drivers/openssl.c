/*
 * The tasks of the bench in plain C: two SSLs joined by a BIO pair, as in bladessl.mjs.
 *   openssl TASK VERSION SIZE SECONDS DIRECTORY ...
 * prints one line of JSON.
 */
#include <openssl/x509v3.h>
#include <time.h>

#include "common.h"

#define HOSTNAME "localhost"
#define PAIR_SIZE (17 * 1024)
#define BUFFER_SIZE 16384
#define BATCH_SECONDS 0.01
#define WARM_UP_SHARE 0.5

typedef struct {
  SSL* client;
  SSL* server;
} Pair;

typedef struct {
  SSL_CTX* client;
  SSL_CTX* server;
  Pair pair;
  int size;
} Session;

typedef void (*Operation)(Session*);

typedef struct {
  long operations;
  long batch;
  double wall;
  double cpu;
} Result;

static unsigned char message[BUFFER_SIZE];
static unsigned char received[BUFFER_SIZE];

static void load_identity(Session* session, const char* directory) {
  char path[4096];
  snprintf(path, sizeof path, "%s/ca.pem", directory);
  must(SSL_CTX_load_verify_locations(session->client, path, NULL), path);
  SSL_CTX_set_verify(session->client, SSL_VERIFY_PEER, NULL);
  load_server_identity(session->server, directory);
}

/* 1 = done, 0 = would block. */
static int step(SSL* ssl) {
  int result = SSL_do_handshake(ssl);
  if (result == 1) return 1;
  must(SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ, "the handshake");
  return 0;
}

static Pair connect_pair(const Session* session) {
  Pair pair = {SSL_new(session->client), SSL_new(session->server)};
  BIO *client_end, *server_end;
  must(pair.client != NULL && pair.server != NULL, "SSL_new");
  must(BIO_new_bio_pair(&client_end, PAIR_SIZE, &server_end, PAIR_SIZE), "BIO_new_bio_pair");
  SSL_set_bio(pair.client, client_end, client_end);
  SSL_set_bio(pair.server, server_end, server_end);
  SSL_set_connect_state(pair.client);
  SSL_set_accept_state(pair.server);
  must(SSL_set_tlsext_host_name(pair.client, HOSTNAME), "server name");
  must(SSL_set1_host(pair.client, HOSTNAME), "name to verify");
  for (int ours = 0, theirs = 0; !ours || !theirs;) {
    if (!ours) ours = step(pair.client);
    if (!theirs) theirs = step(pair.server);
  }
  return pair;
}

static void free_pair(const Pair* pair) {
  SSL_free(pair->client);
  SSL_free(pair->server);
}

static void handshake(Session* session) {
  Pair pair = connect_pair(session);
  must(SSL_read(pair.client, received, BUFFER_SIZE) < 0, "session tickets alone");
  must(SSL_shutdown(pair.client) == 0, "the first close_notify");
  must(SSL_read(pair.server, received, BUFFER_SIZE) == 0, "the end, as the server sees it");
  must(SSL_shutdown(pair.server) == 1, "the second close_notify");
  must(SSL_shutdown(pair.client) == 1, "the end, as the client sees it");
  free_pair(&pair);
}

static void carry(SSL* from, SSL* to, const unsigned char* bytes, int size) {
  must(SSL_write(from, bytes, size) == size, "SSL_write");
  must(SSL_read(to, received, BUFFER_SIZE) == size, "SSL_read");
}

static void echo(Session* session) {
  carry(session->pair.client, session->pair.server, message, session->size);
  carry(session->pair.server, session->pair.client, received, session->size);
}

static void bulk(Session* session) {
  carry(session->pair.client, session->pair.server, message, session->size);
}

static double wall_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static Result measure(Operation operation, Session* session, double seconds, long batch) {
  double cpu = cpu_seconds(), begin = wall_seconds(), now = begin;
  Result result = {0, batch, 0, 0};
  while (now - begin < seconds) {
    double before = now;
    for (long i = 0; i < result.batch; i++) operation(session);
    result.operations += result.batch;
    now = wall_seconds();
    if (now - before < BATCH_SECONDS / 2) result.batch *= 2;
  }
  result.wall = now - begin;
  result.cpu = cpu_seconds() - cpu;
  return result;
}

static Operation operation_named(const char* task) {
  if (strcmp(task, "handshake") == 0) return handshake;
  if (strcmp(task, "echo") == 0) return echo;
  must(strcmp(task, "bulk") == 0, "finding the task");
  return bulk;
}

static void report(const Result* result, SSL* client) {
  const char* group = SSL_group_to_name(client, SSL_get_negotiated_group(client));
  printf("{\"operations\":%ld,\"wall\":%.9f,\"cpu\":%.6f,", result->operations, result->wall,
         result->cpu);
  printf("\"version\":\"%s\",\"cipher\":\"%s\",\"group\":\"%s\",\"openssl\":\"%s\"}\n",
         SSL_get_version(client), SSL_CIPHER_standard_name(SSL_get_current_cipher(client)),
         group == NULL ? "" : group, OpenSSL_version(OPENSSL_VERSION_STRING));
}

int main(int argc, char** argv) {
  must(argc >= 6, "reading the arguments");
  Operation operation = operation_named(argv[1]);
  int version = version_named(argv[2]);
  double seconds = atof(argv[4]);
  Session session = {.client = new_context(TLS_client_method(), version),
                     .server = new_context(TLS_server_method(), version),
                     .size = atoi(argv[3])};
  must(session.size >= 0 && session.size <= BUFFER_SIZE, "reading the size");
  load_identity(&session, argv[5]);
  memset(message, 'x', sizeof message);
  session.pair = connect_pair(&session);
  Result warm = measure(operation, &session, seconds * WARM_UP_SHARE, 1);
  Result result = measure(operation, &session, seconds, warm.batch);
  report(&result, session.pair.client);
  free_pair(&session.pair);
  SSL_CTX_free(session.client);
  SSL_CTX_free(session.server);
  return 0;
}
