/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/proberesolve.h"

#include "base/mem.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STACK_BYTES (512 * 1024)

/* Shared by the thread and its owner; the last one frees it. */
struct proberesolve {
    pthread_mutex_t lock;
    unsigned owners;
    bool done;
    char *host;
    char port[8];
    int wake;
    struct proberesolve_result result;
};

static void release(struct proberesolve *r)
{
    pthread_mutex_lock(&r->lock);
    bool last = --r->owners == 0;
    pthread_mutex_unlock(&r->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&r->lock);
    free(r->host);
    free(r);
}

static bool known(const struct proberesolve_result *out, const struct addrinfo *a)
{
    for (unsigned i = 0; i < out->count; i++)
        if (memcmp(&out->address[i], a->ai_addr, a->ai_addrlen) == 0)
            return true;
    return false;
}

/* True when there is an answer, good or bad. numeric: only if it is an address. */
static bool look_up(const struct proberesolve *r, bool numeric, struct proberesolve_result *out)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_NUMERICSERV | (numeric ? AI_NUMERICHOST : 0),
    };
    struct addrinfo *all = NULL;
    *out = (struct proberesolve_result){ .count = 0 };
    int code = getaddrinfo(r->host, r->port, &hints, &all);
    if (code != 0 && numeric)
        return false;
    if (code != 0) {
        const char *text = code == EAI_SYSTEM ? strerrordesc_np(errno) : gai_strerror(code);
        snprintf(out->text, sizeof out->text, "%s", text ? text : "no reason given");
        return true;
    }
    for (const struct addrinfo *a = all; a && out->count < PROBERESOLVE_ADDRESSES; a = a->ai_next) {
        if (a->ai_addrlen > sizeof out->address[0] || known(out, a))
            continue;
        memcpy(&out->address[out->count++], a->ai_addr, a->ai_addrlen);
    }
    if (!out->count)
        snprintf(out->text, sizeof out->text, "it has no address");
    freeaddrinfo(all);
    return true;
}

static void wake(int fd)
{
    const uint64_t one = 1;
    (void)!write(fd, &one, sizeof one);
}

static void *run(void *data)
{
    struct proberesolve *r = data;
    struct proberesolve_result result;
    (void)look_up(r, false, &result);
    pthread_mutex_lock(&r->lock);
    r->result = result;
    r->done = true;
    pthread_mutex_unlock(&r->lock);
    wake(r->wake);
    release(r);
    return NULL;
}

/* Signals are for the thread that polls. */
static int start(struct proberesolve *r)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int os = pthread_create(&thread, &attributes, run, r);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return os;
}

struct proberesolve *proberesolve_new(const char *host, uint16_t port, int wake_fd)
{
    struct proberesolve *r = mem_zalloc(1, sizeof *r);
    pthread_mutex_init(&r->lock, NULL);
    r->owners = 1;
    r->host = mem_strdup(host);
    r->wake = wake_fd;
    snprintf(r->port, sizeof r->port, "%u", port);
    r->done = look_up(r, true, &r->result);
    if (r->done) {
        wake(wake_fd);
        return r;
    }
    r->owners = 2;
    int os = start(r);
    if (os != 0) {
        r->owners = 1;
        r->done = true;
        snprintf(r->result.text, sizeof r->result.text, "no thread for looking it up: %s", strerrordesc_np(os));
        wake(wake_fd);
    }
    return r;
}

bool proberesolve_done(struct proberesolve *r, struct proberesolve_result *out)
{
    pthread_mutex_lock(&r->lock);
    bool done = r->done;
    if (done)
        *out = r->result;
    pthread_mutex_unlock(&r->lock);
    return done;
}

void proberesolve_free(struct proberesolve *r)
{
    if (r)
        release(r);
}
