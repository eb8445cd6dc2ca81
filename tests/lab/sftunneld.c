/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tunnel daemon of the laboratory's appliances: real mutual TLS on 8305 with the certificates on disk, which are
 * read when it starts, and log lines in the vendor's words. It is told what to do by /etc/lab/sftunneld.conf, lines of
 *
 *     address A | port N | retry MIN_MS MAX_MS | heartbeat MS | openssl 1|3 | pha yes|no | reload-on-push yes|no
 *     manager UUID ADDRESS NAME     to whom it connects, with
 * /var/sf/peers/UUID/{cacert,sftunnel-cert,sftunnel-key}.pem peer UUID ADDRESS NAME        who connects to it (a
 * manager listens, with the files of /etc/sf/sftunnel.conf)
 *
 * A socket, /var/sf/run/sftunneld.sock, takes one request per connection: "push UUID PATH MODE SIZE" and the bytes,
 * "reload" (new credentials for connections made from now on; that the vendor's manager does this after a regeneration
 * is assumed, as nobody restarts it), "drop UUID" (the network has failed). What sftunnel_status.pl shows stands in
 * /var/sf/run/sftunnel.status.
 */
#include "tests/lab/sftlog.h"
#include "tests/lab/sfttls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PEERS_MOST 512
#define PATH_MOST 512
#define RUN "/var/sf/run/"
#define CHANNELS 2 /* control and event */
#define REQUEST_SECONDS 10

struct request {
    char path[PATH_MOST];
    unsigned mode;
    const char *data;
    size_t n;
    bool finished;
    char failure[128]; /* empty: it went well */
};

struct channel {
    bool up;
    int wake; /* an eventfd: there is a request, or it is to end */
    bool drop;
    struct request *request;
    char cipher[64];
    int bits;
};

struct peer {
    char uuid[64], address[64], name[128];
    bool is_manager;
    SSL_CTX *ctx; /* to a manager */
    struct channel channels[CHANNELS];
    time_t since, sent, received, attempted, lost;
};

static struct {
    char address[64];
    int port, retry_least_ms, retry_most_ms, heartbeat_ms;
    bool pha, reload_on_push;
    char version[32], cert[PATH_MOST], key[PATH_MOST], ca[PATH_MOST];
} conf = { .port = 8305,
    .retry_least_ms = 1000,
    .retry_most_ms = 44000,
    .heartbeat_ms = 5000,
    .pha = true,
    .reload_on_push = true,
    .version = "TLSv1.2" };

static struct peer peers[PEERS_MOST];
static size_t peer_count;
static SSL_CTX *server_ctx;
static time_t started;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static struct peer *add_peer(const char *uuid, const char *address, const char *name, bool is_manager)
{
    struct peer *p = &peers[peer_count++];
    if (peer_count > PEERS_MOST) {
        fputs("too many peers\n", stderr);
        exit(1);
    }
    snprintf(p->uuid, sizeof p->uuid, "%.63s", uuid);
    snprintf(p->address, sizeof p->address, "%.63s", address);
    snprintf(p->name, sizeof p->name, "%.127s", name);
    p->is_manager = is_manager;
    return p;
}

static struct peer *find_peer(const char *uuid)
{
    for (size_t i = 0; i < peer_count; i++)
        if (strcmp(peers[i].uuid, uuid) == 0)
            return &peers[i];
    return NULL;
}

static void read_conf_line(const char *line)
{
    char word[64], a[PATH_MOST], b[PATH_MOST] = "", c[PATH_MOST] = "";
    if (sscanf(line, "%63s %511s %511s %511[^\n]", word, a, b, c) < 2)
        return;
    if (strcmp(word, "address") == 0)
        snprintf(conf.address, sizeof conf.address, "%.63s", a);
    else if (strcmp(word, "port") == 0)
        conf.port = atoi(a);
    else if (strcmp(word, "heartbeat") == 0)
        conf.heartbeat_ms = atoi(a);
    else if (strcmp(word, "openssl") == 0)
        sfttls_error_style(atoi(a));
    else if (strcmp(word, "pha") == 0)
        conf.pha = strcmp(a, "yes") == 0;
    else if (strcmp(word, "reload-on-push") == 0)
        conf.reload_on_push = strcmp(a, "yes") == 0;
    else if (strcmp(word, "manager") == 0 || strcmp(word, "peer") == 0)
        add_peer(a, b, c, *word == 'm');
    if (strcmp(word, "retry") == 0) {
        conf.retry_least_ms = atoi(a);
        conf.retry_most_ms = atoi(b);
    }
}

/* sftunnel.conf: "name value;" is all that is needed of it. */
static void read_tunnel_line(const char *line)
{
    char word[64], value[PATH_MOST];
    if (sscanf(line, " %63[a-z_] %511[^; \n]", word, value) != 2)
        return;
    if (strcmp(word, "proxy_tls_version") == 0)
        snprintf(conf.version, sizeof conf.version, "%.31s", value);
    if (strcmp(word, "proxy_cert") == 0)
        snprintf(conf.cert, sizeof conf.cert, "%s", value);
    if (strcmp(word, "proxy_key") == 0)
        snprintf(conf.key, sizeof conf.key, "%s", value);
    if (strcmp(word, "proxy_cacert") == 0)
        snprintf(conf.ca, sizeof conf.ca, "%s", value);
}

static void read_file(const char *path, void (*take)(const char *line))
{
    char line[2 * PATH_MOST];
    FILE *f = fopen(path, "re");
    if (!f) {
        perror(path);
        exit(1);
    }
    while (fgets(line, sizeof line, f))
        take(line);
    fclose(f);
}

/* With the lock held. */
static void write_status(void)
{
    FILE *f = fopen(RUN "sftunnel.status.new", "we");
    if (!f)
        return;
    fprintf(f, "start %lld\n", (long long)started);
    for (size_t i = 0; i < peer_count; i++) {
        const struct peer *p = &peers[i];
        const struct channel *c = p->channels;
        fprintf(f, "peer %s %s %d %d %s %d %lld %lld %lld %lld %lld %s\n", p->uuid, p->address, c[0].up, c[1].up,
            c[0].up   ? c[0].cipher
            : c[1].up ? c[1].cipher
                      : "-",
            c[0].up ? c[0].bits : c[1].bits, (long long)p->since, (long long)p->sent, (long long)p->received,
            (long long)p->attempted, (long long)p->lost, p->name);
    }
    fclose(f);
    if (rename(RUN "sftunnel.status.new", RUN "sftunnel.status"))
        perror("status");
}

static SSL_CTX *manager_context(const char *uuid)
{
    char cert[PATH_MOST], key[PATH_MOST], ca[PATH_MOST];
    snprintf(cert, sizeof cert, "/var/sf/peers/%s/sftunnel-cert.pem", uuid);
    snprintf(key, sizeof key, "/var/sf/peers/%s/sftunnel-key.pem", uuid);
    snprintf(ca, sizeof ca, "/var/sf/peers/%s/cacert.pem", uuid);
    return sfttls_context(
        &(struct sfttls_files){ .cert = cert, .key = key, .ca = ca, .version = conf.version, .refuses_pha = !conf.pha },
        false);
}

/* Connections made from now on use what is on disk; what can't be used leaves things as they were. */
static bool reload(struct peer *manager)
{
    SSL_CTX *fresh =
        manager
            ? manager_context(manager->uuid)
            : sfttls_context(
                  &(struct sfttls_files){ .cert = conf.cert, .key = conf.key, .ca = conf.ca, .version = conf.version },
                  true);
    SSL_CTX **place = manager ? &manager->ctx : &server_ctx;
    if (!fresh)
        return false;
    pthread_mutex_lock(&lock);
    SSL_CTX_free(*place);
    *place = fresh;
    pthread_mutex_unlock(&lock);
    return true;
}

static SSL_CTX *borrow(SSL_CTX *const *place)
{
    pthread_mutex_lock(&lock);
    SSL_CTX *c = *place;
    if (c)
        SSL_CTX_up_ref(c);
    pthread_mutex_unlock(&lock);
    return c;
}

static bool write_whole(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t some = write(fd, p, n);
        if (some <= 0)
            return false;
        p += some;
        n -= (size_t)some;
    }
    return fsync(fd) == 0;
}

/* What the manager pushes, into the folder of its own only. How the vendor's daemon writes is not known. */
static const char *take_file(const struct peer *from, const struct frame *f)
{
    char path[PATH_MOST], allowed[128], beside[PATH_MOST + 8];
    unsigned mode;
    int head;
    snprintf(allowed, sizeof allowed, "/var/sf/peers/%s/", from->uuid);
    if (sscanf(f->data, "%511s %o%n", path, &mode, &head) != 2 || strncmp(path, allowed, strlen(allowed)) ||
        strstr(path, ".."))
        return "not a place for that";
    sftlog("stream_file", "INFO", "stream_dest=%s", path);
    snprintf(beside, sizeof beside, "%s.pushed", path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0)
        return strerror(errno);
    bool whole = write_whole(fd, f->data + head + 1, f->n - (size_t)head - 1);
    const char *why = whole ? NULL : strerror(errno);
    close(fd);
    if (whole && rename(beside, path))
        why = strerror(errno);
    if (why)
        unlink(beside);
    return why;
}

static void finish_request(struct channel *c, const char *failure)
{
    pthread_mutex_lock(&lock);
    if (c->request) {
        snprintf(c->request->failure, sizeof c->request->failure, "%.127s", failure);
        c->request->finished = true;
        c->request = NULL;
        pthread_cond_broadcast(&changed);
    }
    pthread_mutex_unlock(&lock);
}

static bool send_request(SSL *ssl, struct channel *c, struct frame *f)
{
    pthread_mutex_lock(&lock);
    const struct request *r = c->request;
    int head = 0;
    if (r) {
        head = snprintf(f->data, FRAME_MOST, "%s %o\n", r->path, r->mode);
        if ((size_t)head + r->n <= FRAME_MOST)
            memcpy(f->data + head, r->data, r->n);
    }
    size_t n = r ? (size_t)head + r->n : 0;
    pthread_mutex_unlock(&lock);
    return !r || sfttls_send(ssl, 'P', f->data, n);
}

static void touch_heartbeat(const struct peer *p)
{
    char path[PATH_MOST];
    snprintf(path, sizeof path, "/var/sf/peers/%s/sftunnel-heartbeat", p->uuid);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return;
    if (write(fd, "1", 1) != 1)
        sftlog("sf_heartbeat", "WARN", "Heartbeat of %s is not kept", p->address);
    close(fd);
}

/* One frame of a tunnel that is up; false: it is over. */
static bool on_frame(struct peer *p, struct channel *c, SSL *ssl, const struct frame *f)
{
    const char *why;
    switch (f->type) {
    case 'H':
        pthread_mutex_lock(&lock);
        p->received = sftlog_now();
        write_status();
        pthread_mutex_unlock(&lock);
        touch_heartbeat(p);
        return true;
    case 'P':
        why = take_file(p, f);
        if (!why && conf.reload_on_push && strstr(f->data, "/sftunnel-cert.pem "))
            reload(p);
        return sfttls_send(ssl, 'R', why ? why : "", why ? strlen(why) : 0);
    case 'R': finish_request(c, f->data); return true;
    default: return false;
    }
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool send_heartbeat(struct peer *p, SSL *ssl)
{
    if (!sfttls_send(ssl, 'H', "", 0))
        return false;
    pthread_mutex_lock(&lock);
    p->sent = sftlog_now();
    write_status();
    pthread_mutex_unlock(&lock);
    return true;
}

/* As long as the tunnel is up. */
static void carry(struct peer *p, struct channel *c, SSL *ssl)
{
    static _Thread_local struct frame f;
    struct pollfd ready[2] = { { .fd = SSL_get_fd(ssl), .events = POLLIN }, { .fd = c->wake, .events = POLLIN } };
    for (int64_t beat = now_ms();;) {
        if (now_ms() >= beat) {
            if (!send_heartbeat(p, ssl))
                return;
            beat = now_ms() + conf.heartbeat_ms;
        }
        int64_t left = beat - now_ms();
        if (!SSL_has_pending(ssl) && poll(ready, 2, left > 0 ? (int)left : 0) < 0)
            return;
        if (ready[1].revents & POLLIN) {
            uint64_t n;
            if (read(c->wake, &n, sizeof n) < 0 || c->drop || !send_request(ssl, c, &f))
                return;
        }
        int got = sfttls_receive(ssl, &f, 0);
        if (got < 0 || (got > 0 && !on_frame(p, c, ssl, &f)))
            return;
    }
}

static void set_up(struct peer *p, int which, bool up, SSL *ssl)
{
    struct channel *c = &p->channels[which];
    pthread_mutex_lock(&lock);
    c->up = up;
    c->drop = false;
    if (up) {
        snprintf(c->cipher, sizeof c->cipher, "%s", SSL_get_cipher_name(ssl));
        c->bits = SSL_get_cipher_bits(ssl, NULL);
    }
    if (which == 0 && up)
        p->since = sftlog_now();
    if (!up)
        p->lost = sftlog_now();
    write_status();
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void run_channel(struct peer *p, int which, SSL *ssl)
{
    char letter = which == 0 ? 'A' : 'B';
    const char *kind = which == 0 ? "CONTROL" : "EVENT";
    set_up(p, which, true, ssl);
    sftlog("sf_channel", "INFO",
        ">> ChannelState do_dataio_for_heartbeat peer %s / channel%c / %s [ msgSock & ssl_context ] <<", p->address,
        letter, kind);
    carry(p, &p->channels[which], ssl);
    sftlog("sf_channel", "INFO",
        ">> ChannelState ShutDownPeer peer %s / channel%c / DROPPED [ msgSock & ssl_context ] <<", p->address, letter);
    set_up(p, which, false, ssl);
    finish_request(&p->channels[which], "the tunnel went down");
    SSL_shutdown(ssl);
    SSL_free(ssl);
    ERR_clear_error();
}

static struct sockaddr_in ipv4(const char *address, int port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    inet_pton(AF_INET, address, &a.sin_addr);
    return a;
}

/* The TCP connection to a manager; -1 when there is none, which is logged. */
static int dial(struct peer *p)
{
    struct sockaddr_in from = ipv4(conf.address, 0), to = ipv4(p->address, conf.port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    sftlog("sf_ssl", "INFO", "Initiating IPv4 connection to %s:%d/tcp", p->address, conf.port);
    sftlog("sf_ssl", "INFO", "Wait to connect to %d (IPv4): %s", conf.port, p->address);
    if (conf.address[0] && bind(fd, (struct sockaddr *)&from, sizeof from))
        sftlog("sf_ssl", "WARN", "bind to %s: %s", conf.address, strerror(errno));
    pthread_mutex_lock(&lock);
    p->attempted = sftlog_now();
    write_status();
    pthread_mutex_unlock(&lock);
    if (connect(fd, (struct sockaddr *)&to, sizeof to)) {
        sftlog("sf_ssl", "INFO", "Connect to %s failed on port %d socket %d (%s)", p->address, conf.port, fd,
            strerror(errno));
        sftlog("sf_connections", "INFO", "Unable to connect to peer '%s'", p->address);
        close(fd);
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sftlog("sf_ssl", "INFO", "Connected to %s from resolved_ip_list (port %d) (IPv4)", p->address, conf.port);
    return fd;
}

static bool attempt(struct peer *p, int which)
{
    char hello[256];
    int fd = dial(p);
    SSL_CTX *ctx = fd < 0 ? NULL : borrow(&p->ctx);
    if (!ctx) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    char uuid[64] = "-";
    FILE *f = fopen("/etc/lab/uuid", "re");
    if (f) {
        if (fscanf(f, "%63s", uuid) != 1)
            uuid[0] = '-';
        fclose(f);
    }
    snprintf(hello, sizeof hello, "%s %c", uuid, which == 0 ? 'A' : 'B');
    SSL *ssl = sfttls_connect(ctx, fd, hello);
    SSL_CTX_free(ctx);
    if (ssl) {
        if (which == 0)
            sftlog_as(
                "sfmgr:sfmanager", "INFO", "Established connection to sftunnel for peer %s (fd %d)", p->address, fd);
        run_channel(p, which, ssl);
    }
    close(fd);
    return ssl != NULL;
}

static void pause_ms(int ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000L };
    nanosleep(&t, NULL);
}

static void *control_channel(void *data)
{
    struct peer *p = data;
    for (int wait_ms = conf.retry_least_ms;;) {
        if (attempt(p, 0))
            wait_ms = conf.retry_least_ms;
        pause_ms(wait_ms);
        wait_ms = wait_ms * 2 < conf.retry_most_ms ? wait_ms * 2 : conf.retry_most_ms;
    }
    return NULL;
}

/* The second connection is made while the first is up. */
static void *event_channel(void *data)
{
    struct peer *p = data;
    for (;;) {
        pthread_mutex_lock(&lock);
        while (!p->channels[0].up)
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
        attempt(p, 1);
        pause_ms(conf.retry_least_ms);
    }
    return NULL;
}

struct accepted {
    int fd;
    char address[64];
    int port;
};

static void *serve(void *data)
{
    static _Thread_local struct frame hello;
    struct accepted a = *(struct accepted *)data;
    char uuid[64] = "", letter = 'A';
    free(data);
    SSL_CTX *ctx = borrow(&server_ctx);
    SSL *ssl = NULL;
    if (ctx) {
        sftlog("sf_ssl", "INFO", "Accepted IPv4 connection from %s:%d/tcp", a.address, a.port);
        ssl = sfttls_accept(ctx, a.fd, a.address, &hello);
        SSL_CTX_free(ctx);
    }
    if (ssl) {
        struct peer *p = sscanf(hello.data, "%63s %c", uuid, &letter) == 2 ? find_peer(uuid) : NULL;
        if (p) {
            sftlog("sf_ssl", "INFO", "establishConnectionUtil: Connected using SSL to: '%s'", a.address);
            run_channel(p, letter == 'B', ssl);
        } else {
            sftlog("sf_ssl", "WARN", "establishConnectionUtil: Failed to authenticate peer '%s'", a.address);
            SSL_free(ssl);
        }
    }
    close(a.fd);
    return NULL;
}

static void start_thread(void *(*run)(void *), void *data)
{
    pthread_t t;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 512 * 1024);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&t, &small, run, data)) {
        perror("thread");
        exit(1);
    }
    pthread_attr_destroy(&small);
}

static void *listen_for_peers(void *data)
{
    int listener = *(int *)data, one = 1;
    for (;;) {
        struct sockaddr_in from;
        socklen_t n = sizeof from;
        int fd = accept4(listener, (struct sockaddr *)&from, &n, SOCK_CLOEXEC);
        if (fd < 0) {
            pause_ms(10);
            continue;
        }
        struct accepted *a = calloc(1, sizeof *a);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        a->fd = fd;
        a->port = ntohs(from.sin_port);
        inet_ntop(AF_INET, &from.sin_addr, a->address, sizeof a->address);
        start_thread(serve, a);
    }
    return NULL;
}

static int listen_tcp(void)
{
    struct sockaddr_in a = ipv4(conf.address, conf.port);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 512)) {
        perror("8305");
        exit(1);
    }
    return fd;
}

static int listen_local(void)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = RUN "sftunneld.sock" };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(a.sun_path);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 64) || chmod(a.sun_path, 0600)) {
        perror(a.sun_path);
        exit(1);
    }
    return fd;
}

static void wake(struct channel *c)
{
    uint64_t one = 1;
    if (write(c->wake, &one, sizeof one) < 0)
        perror("wake");
}

/* Gives a request to the control channel and waits until it is done. */
static void push(struct peer *p, struct request *r)
{
    struct channel *c = &p->channels[0];
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += REQUEST_SECONDS;
    int waited = 0;
    pthread_mutex_lock(&lock);
    while (c->up && c->request && !waited)
        waited = pthread_cond_timedwait(&changed, &lock, &end);
    if (c->up && !c->request) {
        c->request = r;
        wake(c);
        while (!r->finished && !waited)
            waited = pthread_cond_timedwait(&changed, &lock, &end);
        if (!r->finished)
            c->request = NULL;
    }
    if (!r->finished)
        snprintf(r->failure, sizeof r->failure, "%s", waited ? "no answer" : "not connected");
    pthread_mutex_unlock(&lock);
}

/* "ok", or why not. */
static void reply(FILE *f, const char *what)
{
    dprintf(fileno(f), "%s\n", what);
}

static void on_push(FILE *f, const char *line)
{
    static int tasks = 448;
    struct request r = { .mode = 0 };
    char uuid[64], data[FRAME_MOST];
    if (sscanf(line, "push %63s %511s %o %zu", uuid, r.path, &r.mode, &r.n) != 4 || r.n > sizeof data - PATH_MOST ||
        fread(data, 1, r.n, f) != r.n) {
        reply(f, "not a request");
        return;
    }
    struct peer *p = find_peer(uuid);
    r.data = data;
    sftlog("stream_file", "INFO", "Initiated fstream task pushing %s to %s, task_id %d", r.path, uuid, ++tasks);
    if (p)
        push(p, &r);
    else
        snprintf(r.failure, sizeof r.failure, "no such peer");
    reply(f, r.failure[0] ? r.failure : "ok");
}

static void on_drop(FILE *f, const char *line)
{
    char uuid[64];
    struct peer *p = sscanf(line, "drop %63s", uuid) == 1 ? find_peer(uuid) : NULL;
    for (int i = 0; p && i < CHANNELS; i++) {
        p->channels[i].drop = true;
        wake(&p->channels[i]);
    }
    reply(f, p ? "ok" : "no such peer");
}

static void *one_request(void *data)
{
    FILE *f = data;
    char line[2 * PATH_MOST];
    if (fgets(line, sizeof line, f)) {
        if (strncmp(line, "push ", 5) == 0)
            on_push(f, line);
        else if (strcmp(line, "reload\n") == 0)
            reply(f, reload(NULL) ? "ok" : "the files can't be used");
        else if (strncmp(line, "drop ", 5) == 0)
            on_drop(f, line);
        else
            reply(f, "not a request");
    }
    fclose(f);
    return NULL;
}

static void take_requests(int listener)
{
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        FILE *f = fd < 0 ? NULL : fdopen(fd, "r+");
        if (f)
            start_thread(one_request, f);
        else
            pause_ms(10);
    }
}

static void write_pid(void)
{
    FILE *f = fopen(RUN "sftunnel.pid", "we");
    if (!f) {
        perror(RUN "sftunnel.pid");
        exit(1);
    }
    fprintf(f, "%d\n", getpid());
    fclose(f);
}

int main(void)
{
    static int listener;
    signal(SIGPIPE, SIG_IGN);
    umask(022);
    sftlog_open("/var/log/messages");
    read_file("/etc/lab/sftunneld.conf", read_conf_line);
    read_file("/etc/sf/sftunnel.conf", read_tunnel_line);
    started = sftlog_now();
    for (size_t i = 0; i < peer_count; i++)
        for (int k = 0; k < CHANNELS; k++)
            peers[i].channels[k].wake = eventfd(0, EFD_CLOEXEC);
    if (conf.ca[0]) {
        listener = listen_tcp();
        reload(NULL);
    }
    int local = listen_local();
    if (daemon(0, 0))
        return 1;
    write_pid();
    write_status();
    if (listener)
        start_thread(listen_for_peers, &listener);
    for (size_t i = 0; i < peer_count; i++) {
        if (!peers[i].is_manager)
            continue;
        reload(&peers[i]);
        start_thread(control_channel, &peers[i]);
        start_thread(event_channel, &peers[i]);
    }
    take_requests(local);
    return 0;
}
