/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/capgen_tls.h"

#include <stdlib.h>
#include <string.h>

enum { CLIENT, SERVER };

#define HANDSHAKE 22
#define CERTIFICATE 11
#define ROUNDS 40

struct ends {
    SSL *ssl[2];
    struct talk *talk;
};

static void add_flight(struct talk *t, bool from_server, const char *p, size_t n)
{
    if (t->count == TALK_MOST)
        pki_die("too many flights");
    struct flight *f = &t->flights[t->count++];
    f->from_server = from_server;
    f->n = n;
    f->p = malloc(n);
    if (!f->p)
        pki_die("out of memory");
    memcpy(f->p, p, n);
}

/* What one end has written goes to the other. */
static bool carry(struct ends *e, int from)
{
    char *p;
    long n = BIO_get_mem_data(SSL_get_wbio(e->ssl[from]), &p);
    if (n <= 0)
        return false;
    add_flight(e->talk, from == SERVER, p, (size_t)n);
    BIO_write(SSL_get_rbio(e->ssl[!from]), p, (int)n);
    (void)BIO_reset(SSL_get_wbio(e->ssl[from]));
    return true;
}

static void on_message(int write, int version, int type, const void *p, size_t n, SSL *ssl, void *data)
{
    struct talk *t = data;
    const unsigned char *b = p;
    if (write && type == HANDSHAKE && n > 7 && b[0] == CERTIFICATE && SSL_version(ssl) < TLS1_3_VERSION)
        t->certificate[SSL_is_server(ssl) ? SERVER : CLIENT] = true;
    (void)version;
}

static SSL_CTX *context(const struct dialogue *d, int end)
{
    const struct peer *self = &d->peer[end];
    SSL_CTX *c = SSL_CTX_new(end == SERVER ? TLS_server_method() : TLS_client_method());
    if (!c)
        pki_die("no context");
    SSL_CTX_set_security_level(c, 0); /* TLS 1.0 with SHA-1 is asked for in the tests */
    SSL_CTX_set_min_proto_version(c, d->version);
    SSL_CTX_set_max_proto_version(c, d->version);
    SSL_CTX_set_mode(c, SSL_MODE_NO_AUTO_CHAIN);
    if (!d->tickets)
        SSL_CTX_set_options(c, SSL_OP_NO_TICKET);
    if (d->renegotiate)
        SSL_CTX_set_options(c, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    if (self->id && (!SSL_CTX_use_certificate(c, self->id->cert) || !SSL_CTX_use_PrivateKey(c, self->id->key)))
        pki_die("the certificate is refused");
    if (self->id && self->behind)
        SSL_CTX_add1_chain_cert(c, self->behind);
    if (self->trusts) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(c), self->trusts);
        X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(c), d->now);
        int mode = SSL_VERIFY_PEER | (d->optional ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
        SSL_CTX_set_verify(c, d->pha_asked && end == SERVER ? SSL_VERIFY_NONE : mode, NULL);
        if (end == SERVER)
            SSL_CTX_add_client_CA(c, self->trusts);
    }
    if (end == SERVER)
        SSL_CTX_set_session_id_context(c, (const unsigned char *)"sftunnel", 8);
    SSL_CTX_set_session_cache_mode(c, end == SERVER ? SSL_SESS_CACHE_SERVER : SSL_SESS_CACHE_CLIENT);
    if (end == CLIENT && d->pha_offered)
        SSL_CTX_set_post_handshake_auth(c, 1);
    return c;
}

void dialogue_open(struct dialogue_contexts *c, const struct dialogue *d)
{
    *c = (struct dialogue_contexts){ { context(d, CLIENT), context(d, SERVER) }, NULL };
}

void dialogue_close(struct dialogue_contexts *c)
{
    SSL_SESSION_free(c->session);
    SSL_CTX_free(c->ctx[CLIENT]);
    SSL_CTX_free(c->ctx[SERVER]);
}

/* Both ends take turns until neither has anything more to say. */
static void shake(struct ends *e)
{
    for (int round = 0, idle = 0; round < ROUNDS && idle < 2; round++) {
        int end = round & 1;
        SSL_do_handshake(e->ssl[end]);
        idle = carry(e, end) ? 0 : idle + 1;
    }
    e->talk->done = SSL_is_init_finished(e->ssl[CLIENT]) && SSL_is_init_finished(e->ssl[SERVER]);
}

static void chat(struct ends *e, const char *line)
{
    char in[256];
    size_t n = strlen(line);
    for (int end = CLIENT; end <= SERVER; end++) {
        if (SSL_write(e->ssl[end], line, (int)n) > 0)
            carry(e, end);
        (void)SSL_read(e->ssl[!end], in, sizeof in);
        carry(e, !end);
    }
}

static void ask_again(struct ends *e, const struct dialogue *d)
{
    char in[16];
    if (d->renegotiate && SSL_renegotiate(e->ssl[CLIENT]))
        shake(e);
    if (!d->pha_asked)
        return;
    SSL_set_verify(e->ssl[SERVER], SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    if (!SSL_verify_client_post_handshake(e->ssl[SERVER])) {
        SSL_shutdown(e->ssl[SERVER]); /* "extension not received": the appliance hangs up */
        carry(e, SERVER);
        return;
    }
    SSL_do_handshake(e->ssl[SERVER]);
    carry(e, SERVER);
    (void)SSL_read(e->ssl[CLIENT], in, sizeof in);
    carry(e, CLIENT);
    (void)SSL_read(e->ssl[SERVER], in, sizeof in);
    carry(e, SERVER);
    (void)SSL_read(e->ssl[CLIENT], in, sizeof in); /* who is refused says no farewell */
}

/* Each says that it has ended. */
static void part(struct ends *e, bool server_first)
{
    char in[16];
    if (server_first) {
        SSL_shutdown(e->ssl[SERVER]);
        carry(e, SERVER);
        (void)SSL_read(e->ssl[CLIENT], in, sizeof in);
    } else { /* a session of which the end was not seen would be dropped from the server's cache */
        SSL_set_shutdown(e->ssl[SERVER], SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
    SSL_shutdown(e->ssl[CLIENT]);
    carry(e, CLIENT);
}

void dialogue_talk(struct dialogue_contexts *c, const struct dialogue *d, struct talk *out)
{
    struct ends e = { .talk = out };
    *out = (struct talk){ 0 };
    for (int end = CLIENT; end <= SERVER; end++) {
        e.ssl[end] = SSL_new(c->ctx[end]);
        SSL_set_bio(e.ssl[end], BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        BIO_set_mem_eof_return(SSL_get_rbio(e.ssl[end]), -1);
        SSL_set_msg_callback(e.ssl[end], on_message);
        SSL_set_msg_callback_arg(e.ssl[end], out);
    }
    SSL_set_connect_state(e.ssl[CLIENT]);
    SSL_set_accept_state(e.ssl[SERVER]);
    if (c->session)
        SSL_set_session(e.ssl[CLIENT], c->session);
    shake(&e);
    out->resumed = SSL_session_reused(e.ssl[CLIENT]);
    if (out->done) {
        ask_again(&e, d);
        if (d->application_data)
            chat(&e, "sftunnel says hello; what is said is not to be seen\n");
        SSL_SESSION_free(c->session);
        c->session = SSL_get1_session(e.ssl[CLIENT]);
        part(&e, d->server_leaves);
    }
    SSL_free(e.ssl[CLIENT]);
    SSL_free(e.ssl[SERVER]);
}

void talk_clear(struct talk *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->flights[i].p);
    *t = (struct talk){ 0 };
}
