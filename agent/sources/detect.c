/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/detect.h"

#include "agent/sources/push.h"
#include "agent/sources/status.h"
#include "pcap/capfile.h"

/* The header's own checksum, its eight bytes counted as blanks; old writers summed signed bytes (POSIX.1 ustar). */
static bool tar_header(struct slice head)
{
    if (head.n < 512 || head.p[0] == 0)
        return false;
    uint32_t want = 0;
    size_t digits = 0;
    for (size_t i = 148; i < 156; i++) {
        char c = head.p[i];
        if (c >= '0' && c <= '7') {
            want = want * 8 + (uint32_t)(c - '0');
            digits++;
        } else if (c != ' ' && c != 0) {
            return false;
        }
    }
    uint32_t plain = 0;
    int32_t with_sign = 0;
    for (size_t i = 0; i < 512; i++) {
        char c = i >= 148 && i < 156 ? ' ' : head.p[i];
        plain += (unsigned char)c;
        with_sign += (signed char)c;
    }
    return digits && (plain == want || with_sign == (int32_t)want);
}

static bool starts(struct slice head, const char *bytes, size_t n)
{
    return slice_starts(head, (struct slice){ bytes, n });
}

#define STARTS(head, literal) starts(head, literal, sizeof(literal) - 1)

static bool bzip2_header(struct slice head)
{
    return head.n >= 10 && STARTS(head, "BZh") && head.p[3] >= '1' && head.p[3] <= '9' &&
           (memcmp(head.p + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
               memcmp(head.p + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0);
}

static bool zstd_header(struct slice head)
{
    /* RFC 8878: a frame, or a skippable one in front of it */
    return STARTS(head, "\x28\xb5\x2f\xfd") ||
           (head.n >= 8 && ((unsigned char)head.p[0] & 0xf0) == 0x50 && memcmp(head.p + 1, "\x2a\x4d\x18", 3) == 0);
}

enum format detect_format(struct slice head)
{
    if (STARTS(head, "\x1f\x8b"))
        return FORMAT_GZIP;
    if (STARTS(head, "\xfd\x37zXZ\0"))
        return FORMAT_XZ;
    if (zstd_header(head))
        return FORMAT_ZSTD;
    if (bzip2_header(head))
        return FORMAT_BZIP2;
    if (STARTS(head, "PK\3\4") || STARTS(head, "PK\5\6") || STARTS(head, "PK\7\10PK\3\4") || STARTS(head, "PK00PK\3\4"))
        return FORMAT_ZIP;
    return tar_header(head) ? FORMAT_TAR : FORMAT_PLAIN;
}

bool detect_capture(struct slice head)
{
    return capfile_magic((struct bytes){ (const uint8_t *)head.p, head.n });
}

const char *detect_foreign(struct slice head)
{
    static const struct {
        struct slice magic;
        const char *name;
    } known[] = {
        { { "7z\xbc\xaf\x27\x1c", 6 }, "a 7-Zip archive" },
        { { "Rar!\x1a\x07", 6 }, "a RAR archive" },
        { { "MSCF", 4 }, "a cabinet archive" },
        { { "070701", 6 }, "a cpio archive" },
        { { "070707", 6 }, "a cpio archive" },
        { { "\x04\x22\x4d\x18", 4 }, "compressed by lz4" },
        { { "LZIP", 4 }, "compressed by lzip" },
        { { "\x1f\x9d", 2 }, "compressed by compress (.Z)" },
        { { "\x7f\x45LF", 4 }, "a program" },
        { { "%PDF-", 5 }, "a PDF document" },
        { { "\xff\xfe", 2 }, "UTF-16 text (convert it: iconv -f UTF-16 -t UTF-8)" },
        { { "\xfe\xff", 2 }, "UTF-16 text (convert it: iconv -f UTF-16 -t UTF-8)" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_starts(head, known[i].magic))
            return known[i].name;
    return NULL;
}

static struct slice first_line(struct slice text)
{
    while (text.n) {
        struct slice rest, line = slice_trim(slice_cut(text, '\n', &rest));
        if (line.n)
            return line;
        text = rest;
    }
    return text;
}

/* One of the first lines is enough: a comment or a cut line may stand above. */
static bool failed_push(struct slice head)
{
    for (int i = 0; i < 32 && head.n; i++)
        if (push_line(slice_trim(slice_cut(head, '\n', &head)), NULL))
            return true;
    return false;
}

static bool json_of_peers(struct slice head)
{
    struct slice s = slice_trim(head);
    if (s.n == 0 || s.p[0] != '{')
        return false;
    s = slice_trim(slice_from(s, 1));
    return s.n >= 38 && s.p[0] == '"' && s.p[37] == '"' && slice_is_uuid((struct slice){ s.p + 1, UUID_BYTES });
}

static bool ims_conf(struct slice head, unsigned needed)
{
    static const struct slice keys[] = { { "APPLIANCE_UUID=", 15 }, { "MODEL=", 6 }, { "SWVERSION=", 10 },
        { "SWBUILD=", 8 } };
    unsigned found = 0;
    while (head.n) {
        struct slice line = slice_trim(slice_cut(head, '\n', &head));
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            found += slice_starts(line, keys[k]);
    }
    return found >= needed;
}

static bool generation_output(struct slice head)
{
    return slice_contains(head, SLICE("Failed to push to ")) ||
           slice_contains(head, SLICE("/var/log/sf/sfca_generation.log")) ||
           slice_contains(head, SLICE("You are about to generate new certificates for FMC")) ||
           slice_contains(head, SLICE("Current ca_root expires in"));
}

/* comms.log: "YYYY-MM-DD HH:MM:SS ..." (facts 1.2); a relay's ISO stamp has a T in it */
static bool comms_line(struct slice line)
{
    static const char form[] = "dddd-dd-dd dd:dd:dd";
    if (line.n < sizeof form - 1)
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] == 'd' ? line.p[i] < '0' || line.p[i] > '9' : line.p[i] != form[i])
            return false;
    return true;
}

bool detect_content(struct slice head, enum source_kind *kind)
{
    struct slice first = first_line(head);
    bool syslog = slice_contains(head, SLICE("SF-IMS["));
    if (json_of_peers(head))
        *kind = SOURCE_PEERS_MAP;
    else if (syslog)
        return false; /* a log may quote anything */
    else if (failed_push(head))
        *kind = SOURCE_FAILED_PUSH;
    else if (generation_output(head))
        *kind = SOURCE_GENERATION_LOG;
    else if (ims_conf(head, 2))
        *kind = SOURCE_IMS_CONF;
    else if (status_looks(head))
        *kind = SOURCE_STATUS;
    else if (comms_line(first))
        *kind = SOURCE_COMMS;
    else
        return false;
    return true;
}

bool detect_plausible(enum source_kind kind, struct slice head)
{
    switch (kind) {
    case SOURCE_LOG:
    case SOURCE_COMMS:
    case SOURCE_CERTIFICATE:
    case SOURCE_TUNNEL_CONF:
    case SOURCE_CAPTURE:
    case SOURCE_PROBE:
    case SOURCE_SW_VERSION:
    case SOURCE_HEARTBEAT: return true;
    case SOURCE_IMS_CONF: return ims_conf(head, 1);
    case SOURCE_PEERS_MAP: return slice_trim(head).n && slice_trim(head).p[0] == '{';
    case SOURCE_STATUS: return status_looks(head);
    case SOURCE_FAILED_PUSH: return slice_contains(head, SLICE("/"));
    case SOURCE_GENERATION_LOG: return true;
    }
    return false;
}

bool detect_tunnel_line(struct slice head)
{
    while (head.n) {
        struct slice line = slice_cut(head, '\n', &head);
        if (slice_contains(line, SLICE("sftunneld:")) && slice_contains(line, SLICE("SF-IMS[")))
            return true;
    }
    return false;
}
