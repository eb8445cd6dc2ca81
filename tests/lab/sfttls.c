/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/lab/sfttls.h"

#include "tests/lab/sftlog.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <string.h>
#include <time.h>

#define HANDSHAKE_MS 10000
#define NAME_MOST 512
#define MODULE "sf_ssl"

static int style = 1;
static int index_of_state = -1;

/* What is known about one connection while it is made. */
struct state {
    bool lenient, said_initial, is_server;
    int handshakes;
};

void sfttls_error_style(int major)
{
    style = major;
}

static struct state *state_of(const SSL *ssl)
{
    return SSL_get_ex_data(ssl, index_of_state);
}

static void say_bad_certificate(X509_STORE_CTX *store)
{
    char issuer[NAME_MOST], subject[NAME_MOST];
    int code = X509_STORE_CTX_get_error(store);
    X509 *cert = X509_STORE_CTX_get_current_cert(store);
    X509_NAME_oneline(X509_get_issuer_name(cert), issuer, sizeof issuer);
    X509_NAME_oneline(X509_get_subject_name(cert), subject, sizeof subject);
    sftlog(MODULE, "ERROR", "-Error with certificate at depth: %d", X509_STORE_CTX_get_error_depth(store));
    sftlog(MODULE, "ERROR", "issuer = %s", issuer);
    sftlog(MODULE, "ERROR", "subject = %s", subject);
    sftlog(MODULE, "ERROR", "err %d:%s", code, X509_verify_cert_error_string(code));
}

static int on_verify(int ok, X509_STORE_CTX *store)
{
    struct state *s = state_of(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    if (!s->lenient) {
        if (!ok)
            say_bad_certificate(store);
        return ok;
    }
    if (s->is_server && !s->said_initial)
        sftlog(MODULE, "INFO", "VERIFY ssl_verify_callback_initial ok=1!");
    s->said_initial = true;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

static void on_info(const SSL *ssl, int where, int result)
{
    (void)result;
    struct state *s = state_of(ssl);
    if (s && (where & SSL_CB_HANDSHAKE_DONE)) /* NULL: the tunnel is up already */
        s->handshakes++;
}

static bool load(SSL_CTX *c, const struct sfttls_files *f)
{
    return SSL_CTX_use_certificate_file(c, f->cert, SSL_FILETYPE_PEM) == 1 &&
           SSL_CTX_use_PrivateKey_file(c, f->key, SSL_FILETYPE_PEM) == 1 && SSL_CTX_check_private_key(c) == 1 &&
           SSL_CTX_load_verify_locations(c, f->ca, NULL) == 1;
}

SSL_CTX *sfttls_context(const struct sfttls_files *f, bool server)
{
    SSL_CTX *c = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    if (index_of_state < 0)
        index_of_state = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(c, strcmp(f->version, "TLSv1.3") == 0 ? TLS1_3_VERSION : TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(c, "AES256-GCM-SHA384"); /* static RSA, as the captures show */
    SSL_CTX_set_ciphersuites(c, "TLS_AES_256_GCM_SHA384");
    SSL_CTX_clear_mode(c, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_options(c, SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION); /* else nothing is verified */
    SSL_CTX_set_info_callback(c, on_info);
    SSL_CTX_set_session_id_context(c, (const unsigned char *)"sftunnel", 8);
    SSL_CTX_set_post_handshake_auth(c, !server && !f->refuses_pha);
    if (load(c, f)) {
        if (server)
            SSL_CTX_set_client_CA_list(c, SSL_load_client_CA_file(f->ca));
        return c;
    }
    ERR_clear_error();
    sftlog(MODULE, "ERROR", "Failed to reload credentials");
    SSL_CTX_free(c);
    return NULL;
}

/* In the form of OpenSSL 1.1 the code has a function in it; those that matter here are known. */
static void error_text(unsigned long code, char *text, size_t n)
{
    int reason = ERR_GET_REASON(code);
    if (style >= 3 || ERR_GET_LIB(code) != ERR_LIB_SSL)
        ERR_error_string_n(code, text, n);
    else if (reason >= SSL_AD_REASON_OFFSET)
        snprintf(text, n, "error:%08X:SSL routines:ssl3_read_bytes:%s", 0x14094000u | (unsigned)reason,
            ERR_reason_error_string(code));
    else if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED)
        snprintf(text, n, "error:1417C086:SSL routines:tls_process_client_certificate:certificate verify failed");
    else
        ERR_error_string_n(code, text, n);
}

static void say_renegotiation_failed(void)
{
    sftlog(
        MODULE, "ERROR", "SSL_renegotiate error: 1: error:00000001:lib(0):%sreason(1)", style >= 3 ? ":" : "func(0):");
}

/* That an alert is logged by the firewall like this, without the manager's prefix, is assumed. */
static void say_connect_failed(SSL *ssl)
{
    char text[256];
    unsigned long code = ERR_peek_error();
    if (SSL_version(ssl) < TLS1_3_VERSION && state_of(ssl)->handshakes > 0)
        say_renegotiation_failed();
    sftlog(MODULE, "ERROR", "Connect:SSL handshake failed");
    sftlog(MODULE, "WARN", "SSL Verification status: %s", X509_verify_cert_error_string(SSL_get_verify_result(ssl)));
    if (ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET) {
        error_text(code, text, sizeof text);
        sftlog(MODULE, "WARN", "SSL handshake failed: %s", text);
    }
}

static void say_accept_failed(SSL *ssl, const char *address, bool renegotiating)
{
    char text[256];
    unsigned long code = ERR_peek_error();
    if (renegotiating)
        say_renegotiation_failed();
    sftlog(MODULE, "WARN", "establishConnectionUtil: SSL handshake failed");
    sftlog(MODULE, "WARN", "establishConnectionUtil: SSL Verification status: %s",
        X509_verify_cert_error_string(SSL_get_verify_result(ssl)));
    if (code) {
        error_text(code, text, sizeof text);
        sftlog(MODULE, "WARN", "establishConnectionUtil: SSL handshake failed: %s", text);
    }
    sftlog(MODULE, "INFO", "establishConnectionUtil: Failed to connect using SSL to: '%s'", address);
    sftlog(MODULE, "ERROR", "establishSSLConnection: Unable to connect with both threads:");
    sftlog(MODULE, "ERROR", "establishSSLConnection: ret_accept status : Too many levels of symbolic links");
    sftlog(MODULE, "ERROR", "establishSSLConnection: iret_connect status: Too many levels of symbolic links");
    sftlog(MODULE, "ERROR", "establishSSLConnection: Failed connecting with SSL to using to: '%s' rval[40]", address);
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Until there is something to read; false once that takes too long. */
static bool readable(SSL *ssl, int64_t end)
{
    struct pollfd p = { .fd = SSL_get_fd(ssl), .events = POLLIN };
    if (SSL_has_pending(ssl))
        return true;
    for (;;) {
        int64_t left = end - now_ms();
        int n = poll(&p, 1, left > 0 ? (int)left : 0);
        if (n >= 0 || errno != EINTR)
            return n > 0;
    }
}

/* Reads n bytes; a handshake in between is taken part in. 1, 0: nothing has begun in that time, -1 */
static int read_all(SSL *ssl, void *to, size_t n, int64_t end)
{
    size_t got = 0;
    while (got < n) {
        int some = SSL_read(ssl, (char *)to + got, (int)(n - got));
        if (some > 0)
            got += (size_t)some;
        else if (SSL_get_error(ssl, some) != SSL_ERROR_WANT_READ)
            return -1;
        else if (!readable(ssl, end))
            return got ? -1 : 0;
    }
    return 1;
}

int sfttls_receive(SSL *ssl, struct frame *f, int timeout_ms)
{
    unsigned char head[5];
    uint32_t n;
    if (!readable(ssl, now_ms() + timeout_ms))
        return 0;
    int got = read_all(ssl, head, sizeof head, now_ms() + timeout_ms);
    if (got <= 0)
        return got;
    memcpy(&n, head + 1, sizeof n);
    f->type = (char)head[0];
    f->n = ntohl(n);
    if (f->n > FRAME_MOST || (f->n && read_all(ssl, f->data, f->n, now_ms() + HANDSHAKE_MS) != 1))
        return -1;
    f->data[f->n] = '\0';
    return 1;
}

bool sfttls_send(SSL *ssl, char type, const void *data, size_t n)
{
    char all[5 + FRAME_MOST];
    uint32_t length = htonl((uint32_t)n);
    if (n > FRAME_MOST)
        return false;
    all[0] = type;
    memcpy(all + 1, &length, sizeof length);
    memcpy(all + 5, data, n);
    return SSL_write(ssl, all, (int)(5 + n)) == (int)(5 + n);
}

/* Until the next frame or the end of the connection. */
static bool await(SSL *ssl, struct frame *f)
{
    for (int64_t end = now_ms() + HANDSHAKE_MS; now_ms() < end;) {
        int got = sfttls_receive(ssl, f, (int)(end - now_ms()));
        if (got)
            return got > 0;
    }
    return false;
}

static SSL *begin(SSL_CTX *ctx, int fd, struct state *s)
{
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, fd);
    SSL_set_ex_data(ssl, index_of_state, s);
    X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), sftlog_now());
    return ssl;
}

static SSL *finish(SSL *ssl, bool up)
{
    ERR_clear_error();
    if (!up) {
        SSL_shutdown(ssl);
        SSL_free(ssl);
        ERR_clear_error();
        return NULL;
    }
    SSL_set_ex_data(ssl, index_of_state, NULL);
    return ssl;
}

static bool verify_now(SSL *ssl, struct state *s, int mode)
{
    s->lenient = false;
    SSL_set_verify(ssl, mode, on_verify);
    return true;
}

SSL *sfttls_connect(SSL_CTX *ctx, int fd, const char *hello)
{
    static _Thread_local struct frame f;
    struct state s = { .lenient = SSL_CTX_get_max_proto_version(ctx) < TLS1_3_VERSION };
    SSL *ssl = begin(ctx, fd, &s);
    SSL_set_verify(ssl, SSL_VERIFY_PEER, on_verify);
    bool up = SSL_connect(ssl) == 1 && verify_now(ssl, &s, SSL_VERIFY_PEER) &&
              sfttls_send(ssl, 'I', hello, strlen(hello)) && await(ssl, &f) && f.type == 'O';
    if (!up)
        say_connect_failed(ssl);
    return finish(ssl, up);
}

/* The manager's second look at the firewall. */
static bool look_again(SSL *ssl, struct state *s, const char *address)
{
    char c;
    int64_t end = now_ms() + HANDSHAKE_MS;
    bool tls13 = SSL_version(ssl) >= TLS1_3_VERSION;
    verify_now(ssl, s, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    if (tls13 && SSL_verify_client_post_handshake(ssl) != 1) {
        sftlog(MODULE, "ERROR", "Unable to set Post Handshake Auth SSL context: SSL_verify_client_post_handshake:%s",
            ERR_reason_error_string(ERR_peek_error()));
        sftlog(MODULE, "ERROR", "Failed to reload credentials");
        sftlog(MODULE, "ERROR", "Failed to add services");
        sftlog("sf_peers", "INFO", "Peer %s needs re-connect", address);
        return false;
    }
    if (!tls13 && SSL_renegotiate(ssl) != 1)
        return false;
    SSL_do_handshake(ssl); /* sends the request, which counts as a handshake */
    int wanted = s->handshakes + 1;
    while (tls13 ? SSL_in_init(ssl) || !SSL_get0_peer_certificate(ssl) : s->handshakes < wanted) {
        if (!readable(ssl, end))
            return false;
        int n = SSL_peek(ssl, &c, 1);
        if (n <= 0 && SSL_get_error(ssl, n) != SSL_ERROR_WANT_READ)
            return false;
    }
    return true;
}

SSL *sfttls_accept(SSL_CTX *ctx, int fd, const char *address, struct frame *hello)
{
    struct state s = { .lenient = true, .is_server = true };
    SSL *ssl = begin(ctx, fd, &s);
    bool tls13 = SSL_CTX_get_max_proto_version(ctx) >= TLS1_3_VERSION, renegotiating = false, up = false;
    SSL_set_verify(ssl, tls13 ? SSL_VERIFY_NONE : SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, on_verify);
    if (SSL_accept(ssl) == 1 && await(ssl, hello) && hello->type == 'I') {
        renegotiating = SSL_version(ssl) < TLS1_3_VERSION;
        up = look_again(ssl, &s, address);
    }
    if (!up)
        say_accept_failed(ssl, address, renegotiating);
    return finish(ssl, up && sfttls_send(ssl, 'O', "", 0));
}
