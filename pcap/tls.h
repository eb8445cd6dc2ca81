/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One direction of TLS: what its bytes say, without a look at the other one, so that the facts don't depend on how the
 * two were interleaved. Plaintext until its ChangeCipherSpec, or the first application data; from then on only record
 * types and lengths are followed, except for what must be in the clear: an alert of two bytes (TLS 1.3 clients send
 * theirs so) and a ClientHello that really is one. tlsjoin.h makes a connection of two directions.
 */
#ifndef PCAP_TLS_H
#define PCAP_TLS_H

#include "pcap/handshake.h"
#include "pcap/hello.h"
#include "pcap/reassembly.h"
#include "pcap/record.h"

#define TLS_PROBE 40
#define TLS_SEALED 6 /* the last encrypted records that are remembered, by their lengths */

enum tls_mode {
    TLS_START,  /* the first bytes must be a record's, if the beginning is certain */
    TLS_SEEK,   /* a record may begin where a segment does */
    TLS_CLEAR,  /* records in the clear */
    TLS_HIDDEN, /* encrypted */
    TLS_LOST,   /* after a gap in the clear: as SEEK */
    TLS_OFF,    /* no TLS, or no more to be learnt */
};

/* An encrypted record: all that it shows. */
struct tls_sealed {
    uint64_t frame;
    int64_t time_ns;
    uint16_t length;
};

/* Where the bytes at hand were captured. */
struct tls_place {
    uint64_t frame;
    int64_t time_ns;
};

struct tls {
    size_t *used;
    enum tls_mode mode;
    bool certain;   /* its first byte is the connection's first */
    bool any_start; /* it may begin after plaintext: STARTTLS, CONNECT */
    uint64_t bytes; /* so far */
    size_t sought;  /* bytes passed over in SEEK and LOST */
    struct record_reader record;
    struct handshake handshake;
    struct tls_place began; /* the message that is being read */
    bool lost;              /* where messages begin is not known; a record must prove it */
    bool dead;              /* a message was no message: no more of them */
    bool feeding;           /* this record's bytes go to the handshake */
    bool probing;           /* or it is not yet known */
    uint8_t probe[TLS_PROBE], probed;
    uint8_t alert_level; /* of an alert whose second byte has not come; 0: none */
    bool alert_clear;    /* this record's alerts can be read */

    /* the facts */
    bool records, ccs, client_hello, server_hello, retry;
    bool done, client_key, verify, request, gap;
    uint64_t data_records;
    struct tls_sealed sealed_first, sealed[TLS_SEALED]; /* the last ones: number n is at n % TLS_SEALED */
    uint32_t hidden_handshakes;                         /* encrypted handshake records */
    struct hello hello;
    struct tls_place hidden; /* the last sign of an encrypted handshake */
    enum certificates_seen seen;
    struct der_list certificates, names;
    uint8_t *certificate_bytes, *name_bytes; /* what they borrow from */
    size_t owned;                            /* bytes of these four, counted in *used */
    struct tls_place certificate;
    struct wire_alert alerts[CONNECTION_ALERTS]; /* from is not set */
    uint32_t alert_count, alerts_more;
    uint32_t over_cap;
    uint64_t malformed;
    uint32_t events; /* grows with all that may decide the handshake's outcome */
};

/* certain: nothing comes before its first byte; any_start: that may be plaintext of something else. */
struct tls *tls_new(size_t *used, bool certain, bool any_start);
void tls_free(struct tls *t); /* takes NULL */
/* As after tls_new(). */
void tls_again(struct tls *t, bool certain);
void tls_bytes(struct tls *t, struct bytes b, bool starts, struct tls_place at);
void tls_gap(struct tls *t, uint64_t n, struct tls_place at);
/* Nothing more will come: what is whole of a message that is not, counts. */
void tls_finish(struct tls *t);
enum reassembly_mode tls_wants(const struct tls *t);

#endif
