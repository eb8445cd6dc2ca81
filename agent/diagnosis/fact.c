/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/fact.h"

#include "agent/diagnosis/tlsalert.h"
#include "agent/diagnosis/x509code.h"
#include "base/caps.h"

#define SSL_R_EXTENSION_NOT_RECEIVED 279

static enum tcp_fault tcp_fault(struct slice reason)
{
    if (slice_contains_nocase(reason, SLICE("refused")))
        return TCP_REFUSED;
    if (slice_contains_nocase(reason, SLICE("timed out")) || slice_contains_nocase(reason, SLICE("timeout")))
        return TCP_TIMED_OUT;
    return TCP_UNREACHABLE;
}

/* What can be an address or a host name; anything else in its place is hostile or broken. */
static struct slice address(struct slice s)
{
    if (s.n > CAP_NAME_BYTES)
        return (struct slice){ "", 0 };
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
                    c == ':' || c == '-' || c == '_' || c == '%';
        if (!fine)
            return (struct slice){ "", 0 };
    }
    return s;
}

static int small_number(struct slice s, int none)
{
    uint32_t v;
    return slice_u32(s, 9999, &v) ? (int)v : none;
}

static void verification(struct fact *f, const struct event *ev)
{
    struct slice text = event_field(ev, FIELD_TEXT);
    int number = small_number(event_field(ev, FIELD_CODE), -1);
    if (number < 0 && text.n == 0)
        return;
    struct x509_code code = x509_code_read(number, text);
    if (code.class == X509_CLASS_OK)
        f->verified_ok = true;
    else if (number >= 0 || code.number >= 0)
        f->verify = (int16_t)code.number;
}

static void tls_reason(struct fact *f, const struct event *ev)
{
    struct slice words = event_field(ev, FIELD_REASON);
    struct ssl_error e = ssl_error_decode(event_field(ev, FIELD_ERROR));
    if (e.is_ssl && e.alert >= 0) {
        f->alert = (int16_t)e.alert;
    } else if (e.is_ssl) {
        f->reason = (int16_t)(e.reason > 4095 ? 0 : e.reason); /* with flags: a fault inside the library, not of TLS */
    } else if (words.n) {
        f->alert = (int16_t)tls_alert_from_text(words);
        f->reason = (int16_t)ssl_reason_from_text(words);
    }
    if (f->reason == SSL_R_EXTENSION_NOT_RECEIVED)
        f->kind = EVENT_POST_HANDSHAKE_AUTH;
}

void fact_decode(struct fact *f, const struct event *ev, struct strings *strings)
{
    *f = (struct fact){
        .kind = (uint8_t)ev->kind,
        .verify = -1,
        .depth = -1,
        .alert = -1,
    };
    if (ev->has & 1u << FIELD_ADDRESS)
        f->address = strings_add(strings, address(ev->field[FIELD_ADDRESS]));
    switch ((int)ev->kind) {
    case EVENT_ALIVE: f->address = strings_add(strings, address(event_field(ev, FIELD_UUID))); break;
    case EVENT_TCP_FAILED: f->tcp = (uint8_t)tcp_fault(event_field(ev, FIELD_REASON)); break;
    case EVENT_CERTIFICATE_DEPTH: f->depth = (int16_t)small_number(event_field(ev, FIELD_DEPTH), -1); break;
    case EVENT_CERTIFICATE_ISSUER:
    case EVENT_CERTIFICATE_SUBJECT: {
        struct slice dn = event_field(ev, FIELD_DN);
        dn.n = dn.n > CAP_DN_BYTES ? CAP_DN_BYTES : dn.n;
        f->dn = strings_add(strings, dn);
        break;
    }
    case EVENT_VERIFY_FAILED:
    case EVENT_VERIFY_STATUS: verification(f, ev); break;
    case EVENT_ALERT_RECEIVED:
    case EVENT_SSL_ERROR: tls_reason(f, ev); break;
    default: break;
    }
}

int fact_weight(enum event_kind kind)
{
    switch ((int)kind) {
    case EVENT_VERIFY_FAILED: return 9;
    case EVENT_SSL_ERROR:
    case EVENT_ALERT_RECEIVED:
    case EVENT_POST_HANDSHAKE_AUTH: return 8;
    case EVENT_TCP_FAILED:
    case EVENT_AUTH_FAILED:
    case EVENT_CERTIFICATE_DEPTH: return 7;
    case EVENT_CERTIFICATE_SUBJECT: return 6;
    case EVENT_CERTIFICATE_ISSUER: return 5;
    case EVENT_ESTABLISHED:
    case EVENT_VERIFY_STATUS: return 4;
    case EVENT_ATTEMPT_FAILED:
    case EVENT_HANDSHAKE_FAILED: return 3;
    case EVENT_CONNECT_FAILED:
    case EVENT_CONNECTING:
    case EVENT_ACCEPTED: return 2;
    case EVENT_CONNECT_GIVEN_UP:
    case EVENT_DISCONNECTED: return 1;
    default: return 0;
    }
}
