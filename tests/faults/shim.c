/* Makes the n-th write, flush, rename or truncation of a file under one folder fail, or kills the
   process before it. Loaded with LD_PRELOAD; armed by fault_arm() in the process under test. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, KILL, IO_ERROR, DISK_FULL };

static char folder[PATH_MAX];
static long at = 0, seen = 0;
static int kind = COUNT, armed = 0;

void fault_arm(const char *path, int what, long when) {
  strncpy(folder, path, sizeof folder - 1);
  kind = what; at = when; seen = 0; armed = 1;
}

long fault_seen(void) { armed = 0; return seen; }

static int is_ours(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strncmp(path, folder, strlen(folder)) == 0;
}

/* Whether this call must fail; it is counted. A full disk stays full, but flushing still works. */
static int must_fail(int is_write) {
  long mine = __sync_add_and_fetch(&seen, 1);
  if (kind == COUNT || mine < at) return 0;
  if (kind == DISK_FULL) { if (!is_write) return 0; errno = ENOSPC; return 1; }
  if (mine != at) return 0;
  if (kind == KILL) kill(getpid(), SIGKILL);
  errno = EIO;
  return 1;
}

#define REAL(name) \
  static __typeof__(name) *real; if (!real) real = (__typeof__(real))dlsym(RTLD_NEXT, #name)
#define FAULT(fd, w) (armed && is_ours(fd) && must_fail(w))

ssize_t write(int fd, const void *b, size_t n) {
  REAL(write);
  return FAULT(fd, 1) ? -1 : real(fd, b, n);
}
ssize_t writev(int fd, const struct iovec *v, int n) {
  REAL(writev);
  return FAULT(fd, 1) ? -1 : real(fd, v, n);
}
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) {
  REAL(pwrite);
  return FAULT(fd, 1) ? -1 : real(fd, b, n, o);
}
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) {
  REAL(pwrite64);
  return FAULT(fd, 1) ? -1 : real(fd, b, n, o);
}
int fsync(int fd) {
  REAL(fsync);
  return FAULT(fd, 0) ? -1 : real(fd);
}
int fdatasync(int fd) {
  REAL(fdatasync);
  return FAULT(fd, 0) ? -1 : real(fd);
}
int ftruncate64(int fd, off64_t n) {
  REAL(ftruncate64);
  return FAULT(fd, 0) ? -1 : real(fd, n);
}
int ftruncate(int fd, off_t n) {
  REAL(ftruncate);
  return FAULT(fd, 0) ? -1 : real(fd, n);
}
static int renames(const char *to) {
  return armed && strncmp(to, folder, strlen(folder)) == 0 && must_fail(1);
}
int rename(const char *from, const char *to) {
  REAL(rename);
  return renames(to) ? -1 : real(from, to);
}
