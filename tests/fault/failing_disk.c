/* Makes a chosen disk fail: preloaded into the tested process, armed by it through failing_disk_arm().
 *
 * Calls on files whose path contains `path` are counted; from the call number `after` on (0 = the first) they fail with
 * `error`. Mode 0: this call and all later ones; mode 1: this call only; mode 2: a write stores half of its bytes and
 * says so, later ones fail (a disk that fills up). Each injected failure is written to the log with the real path, so
 * that a test can prove that the fault hit the file it meant.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define WRITES 1
#define SYNCS 2
#define READS 4
#define RENAMES 8

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char watched[512];
static int calls, failure, mode, log_descriptor = -1;
static long left = -1, seen, fired;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);
static ssize_t (*real_read)(int, void *, size_t);
static ssize_t (*real_pread)(int, void *, size_t, off_t);
static ssize_t (*real_pread64)(int, void *, size_t, off64_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_ftruncate64)(int, off64_t);
static int (*real_rename)(const char *, const char *);

__attribute__((constructor)) static void find_real(void)
{
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_pwrite64 = dlsym(RTLD_NEXT, "pwrite64");
    real_read = dlsym(RTLD_NEXT, "read");
    real_pread = dlsym(RTLD_NEXT, "pread");
    real_pread64 = dlsym(RTLD_NEXT, "pread64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
    real_ftruncate64 = dlsym(RTLD_NEXT, "ftruncate64");
    real_rename = dlsym(RTLD_NEXT, "rename");
}

/* `what` is a sum of WRITES, SYNCS, READS, RENAMES; `after` < 0 only counts. */
void failing_disk_arm(const char *path, int what, long after, int error, int how, const char *log)
{
    pthread_mutex_lock(&guard);
    snprintf(watched, sizeof watched, "%s", path);
    calls = what;
    left = after < 0 ? (1L << 60) : after;
    failure = error;
    mode = how;
    seen = fired = 0;
    if (log_descriptor < 0)
        log_descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    pthread_mutex_unlock(&guard);
}

void failing_disk_disarm(void)
{
    pthread_mutex_lock(&guard);
    watched[0] = 0;
    pthread_mutex_unlock(&guard);
}

long failing_disk_seen(void) { return seen; }
long failing_disk_fired(void) { return fired; }

/* Whether the path holds the watched text; a `$` at its end ties it to the end of the path. */
static int fits(const char *path)
{
    size_t size = strlen(watched), length = strlen(path);
    if (watched[size - 1] != '$')
        return strstr(path, watched) != NULL;
    return length >= size - 1 && !strncmp(path + length - size + 1, watched, size - 1);
}

/* 0: go on; 1: fail; 2: write half */
static int decide(const char *path, int what, const char *name)
{
    char line[700];
    int verdict = 0;
    if (!watched[0] || !(calls & what) || !fits(path))
        return 0;
    pthread_mutex_lock(&guard);
    long number = seen++;
    if (number >= left) {
        if (mode == 2 && number == left && what == WRITES)
            verdict = 2;
        else if (mode != 1 || number == left)
            verdict = 1;
    }
    if (verdict) {
        fired++;
        int size = snprintf(line, sizeof line, "%s %s %s\n", name, verdict == 2 ? "short" : strerror(failure), path);
        if (log_descriptor >= 0 && real_write(log_descriptor, line, size) < 0)
            abort();
    }
    pthread_mutex_unlock(&guard);
    return verdict;
}

static int on_descriptor(int descriptor, int what, const char *name)
{
    char link[64], path[512];
    if (!watched[0] || descriptor == log_descriptor)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0)
        return 0;
    path[size] = 0;
    return decide(path, what, name);
}

#define FAIL do { errno = failure; return -1; } while (0)

ssize_t write(int descriptor, const void *data, size_t size)
{
    int verdict = on_descriptor(descriptor, WRITES, "write");
    if (verdict == 1) FAIL;
    return real_write(descriptor, data, verdict == 2 ? size / 2 : size);
}

ssize_t pwrite(int descriptor, const void *data, size_t size, off_t offset)
{
    int verdict = on_descriptor(descriptor, WRITES, "pwrite");
    if (verdict == 1) FAIL;
    return real_pwrite(descriptor, data, verdict == 2 ? size / 2 : size, offset);
}

ssize_t pwrite64(int descriptor, const void *data, size_t size, off64_t offset)
{
    int verdict = on_descriptor(descriptor, WRITES, "pwrite");
    if (verdict == 1) FAIL;
    return real_pwrite64(descriptor, data, verdict == 2 ? size / 2 : size, offset);
}

ssize_t read(int descriptor, void *data, size_t size)
{
    if (on_descriptor(descriptor, READS, "read")) FAIL;
    return real_read(descriptor, data, size);
}

ssize_t pread(int descriptor, void *data, size_t size, off_t offset)
{
    if (on_descriptor(descriptor, READS, "pread")) FAIL;
    return real_pread(descriptor, data, size, offset);
}

ssize_t pread64(int descriptor, void *data, size_t size, off64_t offset)
{
    if (on_descriptor(descriptor, READS, "pread")) FAIL;
    return real_pread64(descriptor, data, size, offset);
}

int fsync(int descriptor)
{
    if (on_descriptor(descriptor, SYNCS, "fsync")) FAIL;
    return real_fsync(descriptor);
}

int fdatasync(int descriptor)
{
    if (on_descriptor(descriptor, SYNCS, "fdatasync")) FAIL;
    return real_fdatasync(descriptor);
}

int ftruncate(int descriptor, off_t size)
{
    if (on_descriptor(descriptor, WRITES, "ftruncate") == 1) FAIL;
    return real_ftruncate(descriptor, size);
}

int ftruncate64(int descriptor, off64_t size)
{
    if (on_descriptor(descriptor, WRITES, "ftruncate") == 1) FAIL;
    return real_ftruncate64(descriptor, size);
}

int rename(const char *from, const char *to)
{
    if (watched[0] && decide(to, RENAMES, "rename")) FAIL;
    return real_rename(from, to);
}
