# SPDX-License-Identifier: BSD-2-Clause
# bash completion for sftunnel-agent. It asks the program for its own tables, so that it can't be out of date.

_sftunnel_agent()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} agent=${COMP_WORDS[0]}
    local command= option= kind a b c d rest i
    local -a words=() options=() valued=() formats=() verdicts=() commands=()

    COMPREPLY=()
    # "--name=value" and "-o json=FILE" come in pieces, because = breaks words
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = && COMP_CWORD -ge 2 ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} != -* ]]; then
            command=${COMP_WORDS[i]}
            break
        fi
    done

    while IFS=$'\t' read -r kind a b c d rest; do
        case $kind in
        command)
            commands+=("$a")
            [[ $a == "$command" && ${b%% *} == *'|'* ]] && IFS='|' read -ra words <<<"${b%% *}"
            ;;
        option)
            if [[ $a == "${command:--}" ]]; then
                options+=("$c")
                [[ $b != - ]] && options+=("-$b")
                [[ $d != - ]] && valued+=("$c" "-$b")
                [[ $prev == "$c" || $prev == "-$b" ]] && option=$c
            fi
            ;;
        format) formats+=("$a") ;;
        verdict) verdicts+=("$a" "$b") ;;
        esac
    done < <("$agent" __commands 2>/dev/null)

    if [[ -n $option && " ${valued[*]} " == *" $option "* ]]; then
        case $option in
        --output) words=("${formats[@]}") ;;
        --color) words=(auto always never) ;;
        --fail-on) words=(warning critical) ;;
        --interface) mapfile -t words < <(echo any; ls /sys/class/net 2>/dev/null) ;;
        --port) words=(any 8305) ;;
        --tls) words=(1.2 1.3) ;;
        --status) mapfile -t words < <(printf '%s\n' auto never always; compgen -f -- "$cur") ;;
        *) words=() ;;
        esac
    elif [[ $cur == -* ]]; then
        words=("${options[@]}" --help)
    elif [[ -z $command ]]; then
        words=("${commands[@]}")
    elif [[ $command == help ]]; then
        words=("${commands[@]}")
    elif [[ $command == explain ]]; then
        words=("${verdicts[@]}" exit-codes)
    elif [[ $command == probe ]]; then
        mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur")
        return 0
    fi
    # without a word of ours: files, by `-o default`
    ((${#words[@]})) && mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$cur")
    return 0
}

complete -o default -F _sftunnel_agent sftunnel-agent
