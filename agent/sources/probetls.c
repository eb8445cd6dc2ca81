/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/probetls.h"

#include "base/caps.h"
#include "base/mem.h"
#include "pcap/handshake.h"
#include "pcap/hello.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BIO_BYTES 65536
#define EXTENSION_AUTHORITIES 47 /* RFC 8446, 4.2.4 */

struct probetls_setup {
    SSL_CTX *context;
    X509_STORE *trusted; /* NULL: none were given */
};

/* Certificates or names of one message, and the bytes that they borrow from. */
struct message {
    struct der_list list;
    uint8_t *bytes;
};

struct probetls {
    SSL *ssl;     /* NULL once it is settled */
    BIO *network; /* the other end of what ssl reads and writes */
    bool shaken, over, eof;
    int64_t time_ns;
    char reason[96];
    uint8_t first[PROBETLS_FIRST];
    size_t first_count;
    struct hello client, server;
    bool client_hello, server_hello, retry, requested;
    uint32_t renegotiations;
    struct message chain[2], names;
    enum certificates_seen seen[2];
    struct wire_alert alerts[CONNECTION_ALERTS];
    uint32_t alert_count, alerts_more;
};

/* ---- what the messages say ---- */

static void message_clear(struct message *m)
{
    free(m->list.item);
    free(m->bytes);
    *m = (struct message){ .bytes = NULL };
}

static struct bytes keep(struct message *m, struct bytes body)
{
    message_clear(m);
    m->bytes = mem_alloc(body.n ? body.n : 1);
    if (body.n)
        memcpy(m->bytes, body.p, body.n);
    return (struct bytes){ m->bytes, body.n };
}

static void list_add(struct der_list *list, size_t *capacity, struct bytes item)
{
    list->item = mem_grow(list->item, capacity, list->count + 1, sizeof *list->item);
    list->item[list->count++] = item;
}

/* Certificate of TLS 1.3 (RFC 8446, 4.4.2). */
static enum certificates_seen certificates13(struct bytes body, struct der_list *list)
{
    struct cursor c = cursor_of(body.p, body.n);
    size_t capacity = 0;
    cursor_skip(&c, cursor_u8(&c)); /* certificate_request_context */
    struct cursor entries = cursor_child(&c, cursor_u24(&c));
    while (cursor_left(&entries)) {
        struct bytes der = cursor_take(&entries, cursor_u24(&entries));
        cursor_skip(&entries, cursor_u16(&entries)); /* extensions */
        if (entries.failed)
            return CERTIFICATES_MALFORMED;
        if (list->count == CAP_PRESENTED)
            return CERTIFICATES_PARTIAL;
        list_add(list, &capacity, der);
    }
    if (entries.failed || !cursor_done(&c))
        return CERTIFICATES_MALFORMED;
    return list->count ? CERTIFICATES_ALL : CERTIFICATES_EMPTY;
}

/* CertificateRequest of TLS 1.3 (RFC 8446, 4.3.2): the names are an extension. */
static void names13(struct bytes body, struct der_list *list)
{
    struct cursor c = cursor_of(body.p, body.n);
    size_t capacity = 0;
    cursor_skip(&c, cursor_u8(&c));
    struct cursor extensions = cursor_child(&c, cursor_u16(&c));
    while (cursor_left(&extensions)) {
        uint16_t type = cursor_u16(&extensions);
        struct cursor one = cursor_child(&extensions, cursor_u16(&extensions));
        if (type != EXTENSION_AUTHORITIES)
            continue;
        struct cursor names = cursor_child(&one, cursor_u16(&one));
        while (cursor_left(&names) && list->count < CAP_PRESENTED) {
            struct bytes name = cursor_take(&names, cursor_u16(&names));
            if (!names.failed)
                list_add(list, &capacity, name);
        }
    }
}

static void on_certificate(struct probetls *t, enum side side, struct bytes body)
{
    struct message *m = &t->chain[side];
    body = keep(m, body);
    t->seen[side] =
        hello_is13(t->server.version) ? certificates13(body, &m->list) : handshake_certificates(body, body.n, &m->list);
}

static void on_request(struct probetls *t, struct bytes body)
{
    t->requested = true;
    body = keep(&t->names, body);
    if (hello_is13(t->server.version))
        names13(body, &t->names.list);
    else
        (void)handshake_names(body, t->server.version, &t->names.list); /* what came before the fault counts */
}

static void on_server_hello(struct probetls *t, struct bytes body)
{
    struct hello h;
    if (!hello_server(body, &h))
        return;
    t->retry |= h.retry;
    t->server_hello |= !h.retry;
    t->server = h;
}

static void on_handshake(struct probetls *t, enum side from, struct bytes message)
{
    if (message.n < 4)
        return;
    struct bytes body = { message.p + 4, message.n - 4 };
    switch (message.p[0]) {
    case HANDSHAKE_CLIENT_HELLO: t->client_hello |= hello_client(body, &t->client); break;
    case HANDSHAKE_SERVER_HELLO: on_server_hello(t, body); break;
    case HANDSHAKE_CERTIFICATE: on_certificate(t, from, body); break;
    case HANDSHAKE_REQUEST: on_request(t, body); break;
    case HANDSHAKE_HELLO_REQUEST: t->renegotiations++; break;
    default: break;
    }
}

static void on_alert(struct probetls *t, enum side from, struct bytes alert)
{
    if (alert.n != 2)
        return;
    if (t->alert_count == CONNECTION_ALERTS) {
        t->alerts_more++;
        return;
    }
    t->alerts[t->alert_count++] =
        (struct wire_alert){ .from = from, .level = alert.p[0], .description = alert.p[1], .time_ns = t->time_ns };
}

static void on_message(int written, int version, int type, const void *p, size_t n, SSL *ssl, void *data)
{
    (void)version;
    (void)ssl;
    enum side from = written ? SIDE_CLIENT : SIDE_SERVER;
    struct bytes b = { p, n };
    if (type == SSL3_RT_HANDSHAKE)
        on_handshake(data, from, b);
    else if (type == SSL3_RT_ALERT)
        on_alert(data, from, b);
}

/* ---- what all probes share ---- */

static int accept_all(X509_STORE_CTX *store, void *data)
{
    (void)store;
    (void)data;
    return 1;
}

static int no_pass_phrase(char *out, int size, int writing, void *data)
{
    (void)out;
    (void)size;
    (void)writing;
    (void)data;
    return -1;
}

static const char *library_reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_last_error());
    return text ? text : "no reason given";
}

/* A pipe would block, and a file without an end would not end. */
static enum err_code check_file(const char *path, struct err *e)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return err_os(e, errno == EACCES ? ERR_PERMISSION : ERR_NOINPUT, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_NOINPUT, "%s: is no regular file", path);
    if (st.st_size > CAP_SMALL_FILE_BYTES)
        return err_set(e, ERR_LIMIT, "%s: is too large for PEM (cap small-file-bytes)", path);
    return ERR_OK;
}

static enum err_code load_pair(SSL_CTX *context, const struct probetls_files *files, struct err *e)
{
    const char *key = files->key ? files->key : files->certificate;
    enum err_code code = check_file(files->certificate, e);
    if (code == ERR_OK)
        code = check_file(key, e);
    if (code != ERR_OK)
        return code;
    if (SSL_CTX_use_certificate_chain_file(context, files->certificate) != 1)
        return err_set(e, ERR_DATA, "%s: no PEM certificate can be read (%s)", files->certificate, library_reason());
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
        unsigned long first = ERR_peek_error();
        if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
            ERR_GET_REASON(first) == X509_R_KEY_VALUES_MISMATCH)
            return err_set(e, ERR_DATA, "%s: is not the key of %s", key, files->certificate);
        return err_set(e, ERR_DATA, "%s: no PEM key without a pass phrase can be read (%s)", key, library_reason());
    }
    if (SSL_CTX_check_private_key(context) != 1)
        return err_set(e, ERR_DATA, "%s: is not the key of %s", key, files->certificate);
    return ERR_OK;
}

static enum err_code load_trusted(struct probetls_setup *s, const char *path, struct err *e)
{
    enum err_code code = check_file(path, e);
    if (code != ERR_OK)
        return code;
    s->trusted = X509_STORE_new();
    if (!s->trusted || X509_STORE_load_file(s->trusted, path) != 1)
        return err_set(e, ERR_DATA, "%s: no PEM certificate can be read (%s)", path, library_reason());
    return ERR_OK;
}

enum err_code probetls_setup(const struct probetls_files *files, struct probetls_setup **out, struct err *e)
{
    enum err_code code = ERR_OK;
    struct probetls_setup *s = mem_zalloc(1, sizeof *s);
    /* the machine's openssl.cnf says what is good enough for connections that have something to lose */
    (void)OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    s->context = SSL_CTX_new(TLS_client_method());
    if (!s->context) {
        code = err_set(e, ERR_BUG, "TLS can't be set up: %s", library_reason());
        goto out;
    }
    SSL_CTX_set_security_level(s->context, 0);
    (void)SSL_CTX_set_cipher_list(s->context, "ALL:!aNULL:!eNULL:@SECLEVEL=0");
    SSL_CTX_set_options(s->context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
    SSL_CTX_set_session_cache_mode(s->context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_cert_verify_callback(s->context, accept_all, NULL);
    SSL_CTX_set_post_handshake_auth(s->context, 1);
    SSL_CTX_set_max_cert_list(s->context, CAP_HANDSHAKE_BYTES);
    SSL_CTX_set_default_passwd_cb(s->context, no_pass_phrase);
    SSL_CTX_set_msg_callback(s->context, on_message);
    if (files->certificate)
        code = load_pair(s->context, files, e);
    if (code == ERR_OK && files->ca)
        code = load_trusted(s, files->ca, e);
out:
    ERR_clear_error();
    if (code != ERR_OK) {
        probetls_setup_free(s);
        s = NULL;
    }
    *out = s;
    return code;
}

void probetls_setup_free(struct probetls_setup *s)
{
    if (!s)
        return;
    SSL_CTX_free(s->context);
    X509_STORE_free(s->trusted);
    free(s);
}

void probetls_trusted(const struct probetls_setup *s, void (*on_ca)(void *data, struct bytes der), void *data)
{
    STACK_OF(X509_OBJECT) *all = s->trusted ? X509_STORE_get0_objects(s->trusted) : NULL;
    for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
        const X509 *x = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
        unsigned char *der = NULL;
        int n = x ? i2d_X509(x, &der) : -1;
        if (n > 0)
            on_ca(data, (struct bytes){ der, (size_t)n });
        OPENSSL_free(der);
    }
}

/* ---- one handshake ---- */

struct probetls *probetls_new(struct probetls_setup *s, uint16_t lowest, uint16_t highest)
{
    struct probetls *t = mem_zalloc(1, sizeof *t);
    BIO *inner = NULL;
    t->ssl = SSL_new(s->context);
    if (!t->ssl || BIO_new_bio_pair(&inner, BIO_BYTES, &t->network, BIO_BYTES) != 1)
        abort();                       /* out of memory */
    SSL_set_bio(t->ssl, inner, inner); /* transferred */
    SSL_set_min_proto_version(t->ssl, lowest);
    SSL_set_max_proto_version(t->ssl, highest);
    SSL_set_msg_callback_arg(t->ssl, t);
    SSL_set_connect_state(t->ssl);
    return t;
}

void probetls_settle(struct probetls *t)
{
    SSL_free(t->ssl);
    BIO_free(t->network);
    t->ssl = NULL;
    t->network = NULL;
    t->over = true;
}

void probetls_free(struct probetls *t)
{
    if (!t)
        return;
    probetls_settle(t);
    message_clear(&t->chain[SIDE_CLIENT]);
    message_clear(&t->chain[SIDE_SERVER]);
    message_clear(&t->names);
    free(t);
}

size_t probetls_room(const struct probetls *t)
{
    return t->network ? BIO_ctrl_get_write_guarantee(t->network) : 0;
}

void probetls_put(struct probetls *t, struct bytes received)
{
    size_t n = sizeof t->first - t->first_count;
    n = n < received.n ? n : received.n;
    if (n)
        memcpy(t->first + t->first_count, received.p, n);
    t->first_count += n;
    if (t->network && received.n)
        (void)BIO_write(t->network, received.p, (int)received.n);
}

void probetls_eof(struct probetls *t)
{
    t->eof = true;
    if (t->network)
        (void)BIO_shutdown_wr(t->network);
}

/* The result of a call of libssl that did not do what it should: is there anything to wait for? */
static void judge(struct probetls *t, int result)
{
    int error = SSL_get_error(t->ssl, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return;
    t->over = true;
    const char *text = error == SSL_ERROR_SSL ? ERR_reason_error_string(ERR_peek_error()) : NULL;
    snprintf(t->reason, sizeof t->reason, "%s", text ? text : "");
}

/* Data is passed over; what comes with it (alerts, requests) is what this is for. */
static void overhear(struct probetls *t)
{
    uint8_t data[4096];
    int n;
    do {
        n = SSL_read(t->ssl, data, sizeof data);
    } while (n > 0);
    judge(t, n);
}

enum probetls_state probetls_step(struct probetls *t, int64_t time_ns)
{
    t->time_ns = time_ns;
    if (!t->over) {
        ERR_clear_error();
        if (!t->shaken) {
            int result = SSL_do_handshake(t->ssl);
            t->shaken = result == 1;
            if (!t->shaken)
                judge(t, result);
        }
        if (t->shaken && !t->over)
            overhear(t);
        ERR_clear_error();
    }
    return t->over ? PROBETLS_OVER : t->shaken ? PROBETLS_SHAKEN : PROBETLS_SHAKING;
}

size_t probetls_take(struct probetls *t, uint8_t *out, size_t n)
{
    int taken = t->network && n ? BIO_read(t->network, out, n > BIO_BYTES ? BIO_BYTES : (int)n) : 0;
    return taken > 0 ? (size_t)taken : 0;
}

void probetls_close(struct probetls *t)
{
    if (t->shaken && !t->over && t->ssl)
        (void)SSL_shutdown(t->ssl);
    ERR_clear_error();
}

/* ---- the facts ---- */

static void fill_side(const struct probetls *t, enum side side, struct connection_side *s)
{
    s->certificates = t->chain[side].list.item;
    s->certificate_count = t->chain[side].list.count;
    s->seen = t->seen[side];
    s->finished = s->encrypted = t->shaken;
}

void probetls_facts(const struct probetls *t, struct connection *c)
{
    fill_side(t, SIDE_CLIENT, &c->side[SIDE_CLIENT]);
    fill_side(t, SIDE_SERVER, &c->side[SIDE_SERVER]);
    c->side[SIDE_CLIENT].tls = t->client_hello;
    c->side[SIDE_SERVER].tls = t->server_hello || t->alert_count;
    c->version = t->server_hello ? t->server.version : 0;
    c->cipher = t->server_hello ? t->server.cipher : 0;
    c->offered = t->client.version;
    c->client_hello = t->client_hello;
    c->server_hello = t->server_hello;
    c->hello_retry = t->retry;
    c->post_handshake_auth = t->client.post_handshake_auth;
    c->certificate_requested = t->requested;
    c->accepted = t->names.list.item;
    c->accepted_count = t->names.list.count;
    c->renegotiations = t->renegotiations;
    memcpy(c->alerts, t->alerts, sizeof c->alerts);
    c->alert_count = t->alert_count;
    c->alerts_more = t->alerts_more;
}

bool probetls_shaken(const struct probetls *t)
{
    return t->shaken;
}

bool probetls_certificates(const struct probetls *t)
{
    return t->chain[SIDE_SERVER].list.count > 0;
}

struct bytes probetls_first(const struct probetls *t)
{
    return (struct bytes){ t->first, t->first_count };
}

const char *probetls_reason(const struct probetls *t)
{
    return t->reason[0] ? t->reason : NULL;
}
