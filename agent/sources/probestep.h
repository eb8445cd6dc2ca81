/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one probe does next: a pure step of state, event and time, without a socket. Its ways:
 *
 *   a name becomes addresses; they are tried one after the other until TCP connects; then TLS, with the highest
 *   version first; if that showed no certificates, once more with TLS 1.2 at most; when the handshake is over the probe
 *   listens a little, because a server may refuse the client after it (TLS 1.3, post-handshake authentication,
 *   renegotiation).
 *
 * All is bounded: the name by one timeout, the addresses and the handshake together by another one, of which each
 * address gets its share, and the second handshake by a third.
 */
#ifndef AGENT_SOURCES_PROBESTEP_H
#define AGENT_SOURCES_PROBESTEP_H

#include <stdbool.h>
#include <stdint.h>

#define PROBESTEP_TLS12 0x0303
#define PROBESTEP_TLS13 0x0304
#define PROBESTEP_LISTEN_MS 1000 /* after the handshake, and twice the time that TCP took to connect */

enum probestep_state {
    PROBESTEP_IDLE,
    PROBESTEP_NAMING,
    PROBESTEP_CONNECTING,
    PROBESTEP_SHAKING,
    PROBESTEP_LISTENING,
    PROBESTEP_OVER,
    PROBESTEP_STATES
};

enum probestep_event {
    PROBESTEP_BEGIN,
    PROBESTEP_NAMED,     /* view.addresses says how many, at least one */
    PROBESTEP_UNNAMED,   /* there is no such name */
    PROBESTEP_CONNECTED, /* TCP */
    PROBESTEP_FAILED,    /* TCP: refused, unreachable */
    PROBESTEP_SHAKEN,    /* the handshake is complete */
    PROBESTEP_ENDED,     /* TLS or the connection, by whomever */
    PROBESTEP_TICK,      /* time goes on */
    PROBESTEP_STOP,      /* the user has seen enough */
    PROBESTEP_EVENTS
};

enum probestep_action {
    PROBESTEP_WAIT,
    PROBESTEP_NAME,    /* look the name up */
    PROBESTEP_CONNECT, /* to address number p->address, for a handshake with p->highest; a former one is given up */
    PROBESTEP_SHAKE,
    PROBESTEP_LISTEN,
    PROBESTEP_REPORT, /* it is over; p->why says how the last thing that it did ended */
};

/* Why it is over. */
enum probestep_why {
    PROBESTEP_DONE,       /* complete, and listened to */
    PROBESTEP_NO_NAME,    /* there is none */
    PROBESTEP_NAME_LATE,  /* nobody said within the time */
    PROBESTEP_NO_CONNECT, /* no address could be connected to */
    PROBESTEP_CONNECT_LATE,
    PROBESTEP_SHAKE_ENDED, /* the handshake was ended by an alert, an error, a close */
    PROBESTEP_SHAKE_LATE,
    PROBESTEP_STOPPED,
};

/* What is fixed. */
struct probestep_limits {
    int64_t timeout_ms;
    uint16_t version; /* only this one; 0: both */
};

/* What is known when an event happens. */
struct probestep_view {
    unsigned addresses;
    bool certificates; /* the server's were seen */
    bool not_tls;      /* it sent something else: another version is no help */
};

struct probestep {
    enum probestep_state state;
    enum probestep_why why;
    int64_t deadline_ms; /* of the state; monotonic */
    int64_t until_ms;    /* of all addresses and the handshake */
    int64_t begun_ms;    /* of this connection; once it is there, how long that took */
    unsigned address, addresses;
    uint16_t highest; /* version that is offered */
    bool again;       /* this is the second handshake */
};

enum probestep_action probestep(struct probestep *p, const struct probestep_limits *limits, enum probestep_event event,
    const struct probestep_view *view, int64_t now_ms);

#endif
