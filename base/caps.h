/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every limit on what comes from outside, in one place; `--version --verbose` prints this table (caps.c).
 * A cap that is reached is said (with its name) and counted: it never passes in silence.
 */
#ifndef BASE_CAPS_H
#define BASE_CAPS_H

#define CAP_LINE_BYTES 65536   /* bytes of one log line that are looked at; the rest of a longer line is passed over */
#define CAP_BLOCK_BYTES 262144 /* bytes read at once */
#define CAP_OPEN_ATTEMPTS 131072   /* connection attempts open at once; the oldest is closed as incomplete */
#define CAP_PEERS 65536            /* peers told apart in one case */
#define CAP_HOSTS 65536            /* log-writing hosts told apart in one case */
#define CAP_OUTCOMES_PER_PEER 24   /* different outcomes kept apart for one peer */
#define CAP_EVIDENCE_PER_OUTCOME 5 /* log lines kept as proof for one outcome of one peer */
#define CAP_EVIDENCE_BYTES 512     /* bytes kept of one line that is shown as proof */
#define CAP_NAME_BYTES 255         /* bytes of an address, host or device name */
#define CAP_DN_BYTES 512           /* bytes of a distinguished name */
#define CAP_STRINGS 1048576        /* different strings (addresses, names) kept in one case */
#define CAP_MESSAGES 131072        /* different messages kept as proof */
#define CAP_HEAD_BYTES                                                                                                 \
    16777216 /* bytes of events kept at the beginning of a piece of log until its left side is known */
#define CAP_HEADS_BYTES 33554432 /* likewise, of all logs of a case */
#define CAP_LOOSE_BYTES 8388608  /* bytes of lines kept that may go on in another generation of their log */
#define CAP_UNMATCHED_KINDS 4096 /* different unmatched messages counted by `rules test` */
#define CAP_SILENCE_SECONDS 180  /* seconds of log time after which an open attempt has ended */
#define CAP_SAMPLES_PER_PEER 8   /* latest attempts kept per peer, to join the two ends by time */
#define CAP_NESTING 6            /* archives inside archives */
#define CAP_ENTRIES 1000000      /* members of one archive, files of one folder tree */
#define CAP_PATH_BYTES 4096      /* bytes of a path inside an archive */
#define CAP_TREE_DEPTH 64        /* folders inside folders */
#define CAP_SMALL_FILE_BYTES                                                                                           \
    8388608                         /* bytes of a small file (ims.conf, PEERS_MAP.JSON, status output, FAILED_PUSH)    \
                                     */
#define CAP_JSON_BYTES 2097152      /* bytes of a JSON file that is read (PEERS_MAP.JSON) */
#define CAP_FACTS 65536             /* facts taken from one small file */
#define CAP_PROBLEMS 1000           /* different problems told apart in one case */
#define CAP_PENDING_BYTES 25165824  /* bytes read ahead from an archive for the threads that analyse them */
#define CAP_ENDLESS_BYTES 268435456 /* bytes of a device, or of a pipe without the end of a line */
#define CAP_MEMBER_BYTES 17179869184ULL /* unpacked bytes of one archive member or compressed file */
#define CAP_INFLATE_RATIO 2000          /* unpacked bytes per packed byte of one input, looked at beyond 64 MiB */
#define CAP_BLOB_BYTES 12582912         /* bytes of one compressed member that is set aside for the other core */
#define CAP_RULES 1024                  /* rules in all packs together */
#define CAP_PACK_BYTES 1048576          /* bytes of one rule pack file */
#define CAP_PATTERN_BYTES 2048          /* bytes of one rule's pattern */
#define CAP_EXAMPLES 64                 /* examples of one rule, and as many counter-examples */
#define CAP_PACK_FILES 256              /* pack files in one folder */
#define CAP_MATCH_STEPS 20000           /* PCRE2 match limit of one rule on one line */
#define CAP_MATCH_DEPTH 200             /* PCRE2 depth limit */
#define CAP_MATCH_HEAP_KIB 1024         /* PCRE2 heap limit in KiB */
#define CAP_PROCESSES 8                 /* different process names that rules ask for */

/* captures */
#define CAP_PACKET_BYTES 262144          /* bytes of one captured packet */
#define CAP_CAPTURE_BLOCK_BYTES 16777216 /* bytes of one block of a pcapng file */
#define CAP_CAPTURE_INTERFACES 4096      /* interfaces in one section of a pcapng file */
#define CAP_PACKET_LAYERS 32             /* headers inside one another in one packet */
#define CAP_FRAGMENT_DATAGRAMS 256       /* fragmented IP datagrams put together at once */
#define CAP_FRAGMENT_BYTES 65535         /* bytes of one datagram that is put together */
#define CAP_FRAGMENT_TOTAL_BYTES 4194304 /* bytes of all datagrams that are being put together */
#define CAP_FRAGMENT_SECONDS 30 /* seconds of packet time after which a datagram without all parts is given up */
/* certificates and connections of a case */
#define CAP_CERTIFICATES 65536           /* different certificates kept in one case */
#define CAP_CERTIFICATE_BYTES 1048576    /* bytes of one certificate */
#define CAP_CERTIFICATES_BYTES 134217728 /* bytes of all different certificates and names of a case */
#define CAP_DISK_FACTS 262144            /* certificate files of one case */
#define CAP_FOLDER_ENTRIES 65536         /* entries of one folder of certificates */
#define CAP_PEM_BLOCKS 4096              /* certificates and keys in one file that are looked at */
#define CAP_KEY_BYTES 65536              /* bytes of one private key */
#define CAP_PEM_BYTES 4194304            /* bytes of one file with certificates, a key or a revocation list */
#define CAP_CONF_BYTES 1048576           /* bytes of sftunnel.conf that are read */
#define CAP_CHAIN 1024                   /* certificates of one chain that are judged */
#define CAP_CHAINS 2097152               /* certificates of all chains of a case, and accepted names, together */
#define CAP_CHAIN_RETRIES 64             /* signatures tried beyond one per certificate of a chain; then any may fit */
#define CAP_ACCEPTED_NAMES 256           /* names of accepted CAs kept per connection */
#define CAP_JOINS 2097152                /* pairs of addresses in captures held against peers in logs */
#define CAP_CONNECTIONS 262144           /* connections of captures kept in one case */
#define CAP_ATTEMPTS 16384               /* of these, connections without any data: SYNs, refusals */
#define CAP_FOLLOWED 16384               /* TCP connections followed at once; the one idle for longest is reported */
#define CAP_CONNECTIONS_ENDED 1024       /* ended connections kept for what may still come of them */
#define CAP_CAPTURE_BYTES 67108864  /* bytes kept for all connections; above, the one idle for longest is reported */
#define CAP_KEPT_BYTES 1310720      /* bytes kept of one direction until it is encrypted */
#define CAP_HELD_BYTES 1310720      /* bytes held out of order in one direction */
#define CAP_HELD_PIECES 4096        /* segments held out of order in one direction */
#define CAP_WINDOW_BYTES 8388608    /* how far ahead a segment may be */
#define CAP_HANDSHAKE_BYTES 1048576 /* bytes of one TLS handshake message */
#define CAP_PRESENTED 4096          /* certificates of one side of a connection, names that a server accepts */
#define CAP_SEEK_BYTES 65536        /* bytes in which the beginning of TLS records is looked for */

/* following a log */
#define CAP_LIVE_LINES 128 /* lines kept of one attempt that is open while a log is followed */
#define CAP_WATCHED_PEERS                                                                                              \
    20000 /* peers that are watched at once; of more, the one that was quiet longest is forgotten */
#define CAP_WATCHED_ALARMS 1000     /* groups of peers with one cause and one CA */
#define CAP_WIRED_PAIRS 2048        /* pairs of addresses whose last verdict by the wire is remembered */
#define CAP_TAIL_LINE_BYTES 8192    /* bytes of one line; what follows in it is counted and passed over */
#define CAP_TAIL_GENERATIONS 64     /* generations of one log that are open at once */
#define CAP_TAIL_PINNED 8           /* those that were read to their end and are kept open for a lingering writer */
#define CAP_TAIL_SIBLINGS 128       /* generations in a folder that are looked at; older ones are not */
#define CAP_TAIL_KNOWN 192          /* generations remembered that are not open */
#define CAP_TAIL_CANDIDATES 32      /* unknown files in the folder of a log that are looked into at once */
#define CAP_TAIL_STEP_BYTES 1048576 /* bytes read of one log before others have their turn */
#define CAP_TAIL_HANDLE_BYTES 64    /* bytes of a file handle; longer ones are not used */
#define CAP_TAIL_MARK_BYTES 1024    /* bytes of a mark (how far a generation was read) as text */

/* telling */
#define CAP_OUTLET_TAIL_BYTES 1048576 /* bytes at the end of a file of events in which its last number is sought */
/* what is kept over restarts */
#define CAP_STORE_FIELD_BYTES 1048576  /* bytes of one text or record that is kept */
#define CAP_STORE_EVENTS 65536         /* events kept for an outlet that does not take them; it loses older ones */
#define CAP_STORE_CHECK_BYTES 16777216 /* bytes of a state that is checked as a whole whenever it is opened */
#define CAP_STORE_JOURNAL_PAGES 2048   /* pages of the journal from which on a commit writes them back itself */
#define CAP_STORE_ASIDE 3              /* damaged states that are kept beside the one in use */

/* devices */
#define CAP_DEVICES 16384           /* devices of one inventory */
#define CAP_INVENTORY_BYTES 4194304 /* bytes of one inventory */

/* commands, probes */
#define CAP_CONFIG_BYTES 262144   /* bytes of one configuration file */
#define CAP_CONFIG_FILES 256      /* files in the drop-in folder of a configuration */
#define CAP_CONFIG_ITEMS 128      /* entries of one list of a configuration */
#define CAP_COMMAND_BYTES 8388608 /* bytes that a status command prints */
#define CAP_TARGETS 65536         /* hosts probed in one run */

/* metrics over HTTP */
#define CAP_METRICS_CONNECTIONS 64     /* served at once; others wait in the kernel */
#define CAP_METRICS_SECONDS 5          /* that one connection lasts, whatever it does */
#define CAP_METRICS_OUTCOMES 64        /* outcomes with a series of their own */
#define CAP_METRICS_REQUEST_BYTES 8192 /* memory for one request's head and the answer's */

struct cap {
    const char *name;
    unsigned long long value;
    const char *text;
};

/* All of them with what they bound, ended by a NULL name. */
extern const struct cap caps_table[];

#endif
