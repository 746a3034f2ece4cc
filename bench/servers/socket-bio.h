/*
 * A BIO on a socket that spends as few system calls as it can: what an event writes is gathered and
 * leaves together, and after a short read it does not ask the system again.
 */
#ifndef BENCH_SOCKET_BIO_H
#define BENCH_SOCKET_BIO_H

#include <errno.h>
#include <openssl/bio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../drivers/common.h"

typedef struct {
  char* bytes;
  size_t size;
  size_t capacity;
} Bytes;

typedef struct {
  int fd;
  int drained; /* the last read was short: nothing more before the next event */
  int failed;
  Bytes pending; /* what the system has not taken */
} Wire;

/* What the event that goes on has written so far. */
static Bytes outgoing;

static inline void append(Bytes* to, const char* bytes, size_t size) {
  if (to->size + size > to->capacity) {
    to->capacity = 2 * (to->size + size);
    to->bytes = realloc(to->bytes, to->capacity);
    must(to->bytes != NULL, "realloc");
  }
  memcpy(to->bytes + to->size, bytes, size);
  to->size += size;
}

static inline void discard_bytes(Bytes* bytes) {
  free(bytes->bytes);
  *bytes = (Bytes){NULL, 0, 0};
}

static inline size_t send_bytes(Wire* wire, const Bytes* bytes) {
  ssize_t sent = send(wire->fd, bytes->bytes, bytes->size, MSG_NOSIGNAL);
  if (sent >= 0) return (size_t)sent;
  if (errno != EAGAIN) wire->failed = 1;
  return 0;
}

/* Sends what waits, then what this event wrote; what the system does not take waits. */
static inline void flush(Wire* wire) {
  if (wire->pending.size > 0) {
    append(&wire->pending, outgoing.bytes, outgoing.size);
    size_t sent = send_bytes(wire, &wire->pending);
    wire->pending.size -= sent;
    memmove(wire->pending.bytes, wire->pending.bytes + sent, wire->pending.size);
    if (wire->pending.size == 0) discard_bytes(&wire->pending);
  } else if (outgoing.size > 0) {
    size_t sent = send_bytes(wire, &outgoing);
    if (sent < outgoing.size) append(&wire->pending, outgoing.bytes + sent, outgoing.size - sent);
  }
  outgoing.size = 0;
}

static int wire_write(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  append(&outgoing, bytes, (size_t)size);
  return size;
}

static int wire_read(BIO* bio, char* bytes, int size) {
  Wire* wire = BIO_get_data(bio);
  BIO_clear_retry_flags(bio);
  if (wire->drained) {
    BIO_set_retry_read(bio);
    return -1;
  }
  ssize_t received = recv(wire->fd, bytes, (size_t)size, 0);
  wire->drained = received < size;
  if (received >= 0) return (int)received;
  if (errno == EAGAIN)
    BIO_set_retry_read(bio);
  else
    wire->failed = 1;
  return -1;
}

static long wire_ctrl(BIO* bio, int command, long number, void* pointer) {
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH;
}

static inline BIO* new_wire_bio(Wire* wire) {
  static BIO_METHOD* method;
  if (method == NULL) {
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    must(method != NULL, "BIO_meth_new");
    BIO_meth_set_write(method, wire_write);
    BIO_meth_set_read(method, wire_read);
    BIO_meth_set_ctrl(method, wire_ctrl);
  }
  BIO* bio = BIO_new(method);
  must(bio != NULL, "BIO_new");
  BIO_set_data(bio, wire);
  BIO_set_init(bio, 1);
  return bio;
}

#endif
