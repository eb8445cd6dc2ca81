/* SPDX-License-Identifier: BSD-2-Clause */
#include "pcap/connection.h"

const char *connection_state_name(enum connection_state s)
{
    switch (s) {
    case CONNECTION_SYN_ONLY: return "syn_only";
    case CONNECTION_REFUSED: return "refused";
    case CONNECTION_NOT_TLS: return "not_tls";
    case CONNECTION_MID_STREAM: return "mid_stream";
    case CONNECTION_HANDSHAKE: return "handshake";
    case CONNECTION_COMPLETE: return "complete";
    case CONNECTION_STATES: break;
    }
    return "?";
}

const char *certificates_seen_name(enum certificates_seen s)
{
    switch (s) {
    case CERTIFICATES_NONE: return "none";
    case CERTIFICATES_EMPTY: return "empty";
    case CERTIFICATES_ALL: return "all";
    case CERTIFICATES_PARTIAL: return "partial";
    case CERTIFICATES_MALFORMED: return "malformed";
    }
    return "?";
}

const char *connection_version_name(uint16_t version)
{
    switch (version) {
    case 0x0002: return "ssl2";
    case 0x0300: return "ssl3";
    case 0x0301: return "1.0";
    case 0x0302: return "1.1";
    case 0x0303: return "1.2";
    case 0x0304: return "1.3";
    }
    return version >> 8 == 0x7f ? "1.3-draft" : NULL;
}
