/*
 * The server of the bench in plain C: one thread, epoll, OpenSSL.
 *   server VERSION DIRECTORY
 * prints its port, and then answers each line of its standard input with a line of JSON, as
 * main.mjs does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "socket-bio.h"

#define EVENTS 1024
#define READ_SIZE 16384
#define READ_AHEAD 65536
#define QUEUE_LENGTH 4096
/* An event of a source writes so many blocks, if the system takes them. */
#define SOURCE_BLOCKS 8
/* Data that is read is answered before it is more than this. */
#define MAX_OUTGOING (1024 * 1024)

typedef struct {
  Wire wire;
  SSL* ssl;
  char mode;
  int shaken;
  uint32_t interest;
} Connection;

static SSL_CTX* ctx;
static int epoll;
static char received[READ_SIZE];
static char source_block[65536];

static void watch(int operation, int fd, uint32_t interest, void* owner) {
  struct epoll_event event = {.events = interest, .data = {.ptr = owner}};
  must(epoll_ctl(epoll, operation, fd, &event) == 0, "epoll_ctl");
}

static void drop(Connection* it) {
  if (!it->wire.failed && it->shaken) SSL_shutdown(it->ssl);
  flush(&it->wire);
  SSL_free(it->ssl);
  close(it->wire.fd);
  discard_bytes(&it->wire.pending);
  free(it);
  ERR_clear_error();
}

static int would_block(const Connection* it, int result) {
  int error = SSL_get_error(it->ssl, result);
  return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static void answer(Connection* it, const char* bytes, int size) {
  if (size == 0) return;
  if (it->mode == 0) {
    it->mode = *bytes++;
    size--;
  }
  if (it->mode == 'E' && size > 0) must(SSL_write(it->ssl, bytes, size) == size, "SSL_write");
}

/* 1 = goes on, 0 = over. */
static int read_all(Connection* it) {
  while (it->wire.pending.size == 0) {
    int result = SSL_read(it->ssl, received, READ_SIZE);
    if (result <= 0) return would_block(it, result);
    answer(it, received, result);
    if (outgoing.size >= MAX_OUTGOING) flush(&it->wire);
  }
  return 1;
}

static void pump(Connection* it) {
  for (int i = 0; i < SOURCE_BLOCKS && it->wire.pending.size == 0 && !it->wire.failed; i++) {
    int size = (int)sizeof source_block;
    for (int done = 0; done < size;) {
      int written = SSL_write(it->ssl, source_block + done, size - done);
      must(written > 0, "SSL_write");
      done += written;
    }
    flush(&it->wire);
  }
}

/* 1 = goes on, 0 = over. */
static int advance(Connection* it) {
  ERR_clear_error();
  it->wire.drained = 0;
  flush(&it->wire);
  if (!it->shaken) {
    int result = SSL_accept(it->ssl);
    if (result != 1) return would_block(it, result);
    it->shaken = 1;
  }
  if (!read_all(it)) return 0;
  if (it->mode == 'S') pump(it);
  return 1;
}

static void handle(Connection* it) {
  int goes_on = advance(it);
  flush(&it->wire);
  if (!goes_on || it->wire.failed) {
    drop(it);
    return;
  }
  int wants_room = it->wire.pending.size > 0 || it->mode == 'S';
  uint32_t interest = (it->wire.pending.size > 0 ? 0 : EPOLLIN) | (wants_room ? EPOLLOUT : 0);
  if (interest == it->interest) return;
  it->interest = interest;
  watch(EPOLL_CTL_MOD, it->wire.fd, interest, it);
}

static void accept_all(int listener) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    Connection* it = calloc(1, sizeof *it);
    must(it != NULL, "calloc");
    it->wire.fd = fd;
    it->interest = EPOLLIN;
    it->ssl = SSL_new(ctx);
    must(it->ssl != NULL, "SSL_new");
    BIO* bio = new_wire_bio(&it->wire);
    SSL_set_bio(it->ssl, bio, bio);
    SSL_set_accept_state(it->ssl);
    watch(EPOLL_CTL_ADD, fd, it->interest, it);
  }
}

static int listen_anywhere(unsigned short* port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  must(bind(listener, (struct sockaddr*)&address, size) == 0, "bind");
  must(listen(listener, QUEUE_LENGTH) == 0, "listen");
  must(getsockname(listener, (struct sockaddr*)&address, &size) == 0, "getsockname");
  *port = ntohs(address.sin_port);
  return listener;
}

static long resident_bytes(void) {
  long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  must(file != NULL && fscanf(file, "%*d %ld", &pages) == 1, "/proc/self/statm");
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

static void answer_lines(void) {
  char line[64];
  ssize_t size = read(STDIN_FILENO, line, sizeof line - 1);
  if (size <= 0) exit(0);
  line[size] = '\0';
  if (strcmp(line, "memory\n") == 0)
    printf("{\"resident\":%ld}\n", resident_bytes());
  else
    printf("{\"cpu\":%.6f}\n", cpu_seconds());
}

static void allow_many_connections(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char** argv) {
  must(argc == 3, "reading the arguments");
  allow_many_connections();
  setvbuf(stdout, NULL, _IOLBF, 0);
  memset(source_block, 'x', sizeof source_block);
  ctx = new_context(TLS_server_method(), version_named(argv[1]));
  load_server_identity(ctx, argv[2]);
  SSL_CTX_set_read_ahead(ctx, 1);
  SSL_CTX_set_default_read_buffer_len(ctx, READ_AHEAD);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);

  unsigned short port;
  int listener = listen_anywhere(&port);
  epoll = epoll_create1(0);
  must(epoll >= 0, "epoll_create1");
  watch(EPOLL_CTL_ADD, listener, EPOLLIN, &listener);
  watch(EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN, NULL);
  printf("{\"port\":%d,\"openssl\":\"%s\"}\n", port, OpenSSL_version(OPENSSL_VERSION_STRING));

  static struct epoll_event events[EVENTS];
  for (;;) {
    int count = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      void* owner = events[i].data.ptr;
      if (owner == NULL)
        answer_lines();
      else if (owner == &listener)
        accept_all(listener);
      else
        handle(owner);
    }
  }
}
