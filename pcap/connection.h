/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one TCP connection showed of TLS: both ends' certificates as DER, the names the server accepts, alerts, how far
 * the handshake came, and how sure all that is (gaps, cuts, conflicts). Plain facts; what a certificate says, and what
 * is wrong with it, is not known here.
 */
#ifndef PCAP_CONNECTION_H
#define PCAP_CONNECTION_H

#include "pcap/packet.h"

#define CONNECTION_ALERTS 10 /* kept per connection; more are counted */

enum side { SIDE_CLIENT, SIDE_SERVER };

/* One alert (RFC 8446, 6). */
struct wire_alert {
    enum side from;
    bool encrypted; /* then level and description are 0 */
    uint8_t level, description;
    uint64_t frame;
    int64_t time_ns;
};

/* How much of one side's Certificate message was seen. */
enum certificates_seen {
    CERTIFICATES_NONE,      /* no such message */
    CERTIFICATES_EMPTY,     /* a message without a certificate: this end has none to show */
    CERTIFICATES_ALL,       /* whole */
    CERTIFICATES_PARTIAL,   /* its beginning, then a gap, the end of the capture, or a cap */
    CERTIFICATES_MALFORMED, /* lengths that can't be */
};

struct connection_side {
    struct endpoint at;
    struct bytes *certificates; /* DER, in the order in which they were presented: the leaf first */
    size_t certificate_count;
    enum certificates_seen seen;
    uint64_t certificate_frame; /* of the message's end; 0: none */
    int64_t certificate_time_ns;
    uint64_t packets, bytes;  /* payload, retransmissions included */
    uint64_t gap_bytes;       /* that never came, or were cut by the snapshot length */
    uint32_t gaps, conflicts; /* conflicts: segments that differ from an earlier copy */
    uint64_t gap_at;          /* stream offset of the first gap */
    bool syn, fin, rst;       /* seen from this side */
    bool ended_first;         /* by a FIN, a RST, or what looks like an alert of TLS 1.3 */
    bool tls;                 /* its bytes are TLS records */
    bool encrypted;           /* its later records are */
    bool finished;            /* its Finished (or what must be it) was seen */
};

/*
 * What TLS 1.3 shows once it is encrypted: the lengths and the order of its records. An alert is as long as two bytes
 * of application data, so that only what is around it tells them apart. "Alert" means here: of an alert's length, and
 * the last record of its side. "Flight": records of one side without one of the other between.
 */
struct sealed {
    bool known;              /* both ends' records were seen from the first one on, without a gap */
    bool alert[2];           /* by enum side */
    bool prompt;             /* the server's alert came within a second after the client's last record */
    bool finished_last;      /* the client's last record, alert left out, is as long as a Finished */
    uint32_t client_records; /* alerts left out, as below */
    uint8_t client_flight;   /* records of the client's last flight; at most SEALED_MANY */
    uint8_t replies;         /* of the server after that */
    uint8_t server_later;    /* of the server after the client's first record */
};

#define SEALED_MANY 5

/* How far it came. */
enum connection_state {
    CONNECTION_SYN_ONLY,   /* nobody answered, or no data was seen */
    CONNECTION_REFUSED,    /* the SYN was answered by a reset */
    CONNECTION_NOT_TLS,    /* data, but no TLS */
    CONNECTION_MID_STREAM, /* TLS records without their handshake: it began before the capture did */
    CONNECTION_HANDSHAKE,  /* the handshake was begun and not completed */
    CONNECTION_COMPLETE,   /* both sides came to encrypted data */
    CONNECTION_STATES
};

struct connection {
    uint32_t stream; /* 0-based, in order of the first packet */
    struct connection_side side[2];
    bool direction_known; /* by SYN or by the hellos; else the server is the end with the well-known or lower port */
    enum connection_state state;
    uint16_t version;       /* negotiated: 0x0301 is TLS 1.0, 0x0304 TLS 1.3; 0 not seen */
    uint16_t offered;       /* highest that the client offered; 0 not seen */
    uint16_t cipher;        /* of the ServerHello; 0 not seen */
    uint64_t client_random; /* a hash of the ClientHello's random bytes: no two connections share it; 0 not seen */
    bool client_hello, server_hello, hello_retry;
    bool resumed;               /* a session was taken up again: no certificates are sent then */
    bool post_handshake_auth;   /* the client offers it (RFC 8446, 4.2.6) */
    bool certificate_requested; /* by the server, in the clear */
    struct bytes *accepted;     /* DER of the DNs in CertificateRequest */
    size_t accepted_count;
    uint32_t renegotiations; /* handshake records after the handshake was complete */
    struct sealed sealed;    /* TLS 1.3 */
    bool early_end; /* ended, by an alert or FIN or RST, within a second after an encrypted handshake or alert */
    struct wire_alert alerts[CONNECTION_ALERTS];
    uint32_t alert_count, alerts_more;
    uint64_t malformed; /* records or messages that can't be */
    uint64_t first_frame, last_frame;
    int64_t first_ns, last_ns;
    bool ended;     /* FIN from both sides, a reset, or its ports were used anew */
    uint32_t *mark; /* whoever is told may leave a number for the next report of it, 0 at first; NULL: of no capture */
    const char *note; /* how it ended, from whoever made it ("No route to host"); NULL in captures */
};

const char *connection_state_name(enum connection_state s);
const char *certificates_seen_name(enum certificates_seen s);
/* "1.2", "ssl3"; NULL for one that is not known. */
const char *connection_version_name(uint16_t version);

#endif
