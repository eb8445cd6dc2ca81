/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/caps.h"

#include <stddef.h>

const struct cap caps_table[] = {
    { "line-bytes", CAP_LINE_BYTES, "bytes of one log line that are looked at; the rest of a longer line is passed over" },
    { "block-bytes", CAP_BLOCK_BYTES, "bytes read at once" },
    { "open-attempts", CAP_OPEN_ATTEMPTS, "connection attempts open at once; the oldest is closed as incomplete" },
    { "peers", CAP_PEERS, "peers told apart in one case" },
    { "hosts", CAP_HOSTS, "log-writing hosts told apart in one case" },
    { "outcomes-per-peer", CAP_OUTCOMES_PER_PEER, "different outcomes kept apart for one peer" },
    { "evidence-per-outcome", CAP_EVIDENCE_PER_OUTCOME, "log lines kept as proof for one outcome of one peer" },
    { "evidence-bytes", CAP_EVIDENCE_BYTES, "bytes kept of one line that is shown as proof" },
    { "name-bytes", CAP_NAME_BYTES, "bytes of an address, host or device name" },
    { "dn-bytes", CAP_DN_BYTES, "bytes of a distinguished name" },
    { "strings", CAP_STRINGS, "different strings (addresses, names) kept in one case" },
    { "head-bytes", CAP_HEAD_BYTES, "bytes of events kept at the beginning of a piece of log until its left side is known" },
    { "unmatched-kinds", CAP_UNMATCHED_KINDS, "different unmatched messages counted by `rules test`" },
    { "silence-seconds", CAP_SILENCE_SECONDS, "seconds of log time after which an open attempt has ended" },
    { "samples-per-peer", CAP_SAMPLES_PER_PEER, "latest attempts kept per peer, to join the two ends by time" },
    { "nesting", CAP_NESTING, "archives inside archives" },
    { "entries", CAP_ENTRIES, "members of one archive, files of one folder tree" },
    { "path-bytes", CAP_PATH_BYTES, "bytes of a path inside an archive" },
    { "tree-depth", CAP_TREE_DEPTH, "folders inside folders" },
    { "small-file-bytes", CAP_SMALL_FILE_BYTES, "bytes of a small file (ims.conf, PEERS_MAP.JSON, status output, FAILED_PUSH)" },
    { "member-bytes", CAP_MEMBER_BYTES, "unpacked bytes of one archive member or compressed file" },
    { "inflate-ratio", CAP_INFLATE_RATIO, "unpacked bytes per packed byte of one input, looked at beyond 64 MiB" },
    { "blob-bytes", CAP_BLOB_BYTES, "bytes of one compressed member that is set aside for the other core" },
    { "rules", CAP_RULES, "rules in all packs together" },
    { "pack-bytes", CAP_PACK_BYTES, "bytes of one rule pack file" },
    { "pattern-bytes", CAP_PATTERN_BYTES, "bytes of one rule's pattern" },
    { "match-steps", CAP_MATCH_STEPS, "PCRE2 match limit of one rule on one line" },
    { "match-depth", CAP_MATCH_DEPTH, "PCRE2 depth limit" },
    { "match-heap-kib", CAP_MATCH_HEAP_KIB, "PCRE2 heap limit in KiB" },
    { "processes", CAP_PROCESSES, "different process names that rules ask for" },
    { NULL, 0, NULL },
};
