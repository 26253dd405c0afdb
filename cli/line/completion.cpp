// SPDX-License-Identifier: Apache-2.0
// The scripts pass the words of the line to `vcsctl complete` and show its answers.
#include "cli/line/completion.hpp"

namespace vcs::cli {
namespace {

// bash breaks words at colons and other characters, which COMMIT:PATH and @{15:40} contain. The
// script joins pieces that touch each other on the line, and cuts off from each answer the part
// that readline takes as complete.
constexpr std::string_view kBash = R"sh(# bash completion of vcsctl
_vcsctl() {
  local line="${COMP_LINE:0:COMP_POINT}" words=() i piece last kind lines word what done
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece="${COMP_WORDS[i]}"
    if ((i > 0)) && [[ "$line" != [[:space:]]* ]] && ((${#words[@]} > 0)); then
      ((i == COMP_CWORD)) && piece="$line"
      words[${#words[@]}-1]+="$piece"
    else
      line="${line#"${line%%[![:space:]]*}"}"
      ((i == COMP_CWORD)) && piece="$line"
      words+=("$piece")
    fi
    line="${line#"$piece"}"
  done
  last="${words[${#words[@]}-1]}"
  COMPREPLY=()
  mapfile -t lines < <("${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
  kind="${lines[0]}"
  done="${last%"${last##*[:=@]}"}"
  [[ "$COMP_WORDBREAKS" == *@* ]] || done="${last%"${last##*[:=]}"}"
  case "$kind" in
    files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$last"); return ;;
    folders) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$last"); return ;;
    paths) compopt -o nospace; ((${#lines[@]} == 2)) && [[ "${lines[1]%%$'\t'*}" != */ ]] && compopt +o nospace ;;
  esac
  for piece in "${lines[@]:1}"; do
    word="${piece%%$'\t'*}" what="${piece#*$'\t'}"
    # The list of a second Tab tells what each is; what is put into the line does not.
    if [[ "$COMP_TYPE" == 63 && -n "$what" ]] && ((${#lines[@]} > 2)); then
      COMPREPLY+=("${word#"$done"}  ($what)")
    else
      word="${word#"$done"}"
      [[ "$kind" == paths && "$last" != [\'\"]* ]] && printf -v word %q "$word"
      COMPREPLY+=("$word")
    fi
  done
}
complete -o nosort -F _vcsctl vcsctl
)sh";

constexpr std::string_view kZsh = R"sh(#compdef vcsctl
_vcsctl() {
  local -a lines found shown folders folders_shown
  local line word what
  local -a plain
  # The ~ of HEAD~1 needs a quote only where it is a pattern.
  [[ -o extendedglob ]] || plain=(-Q)
  lines=("${(@f)$(${(Q)words[1]} complete -- "${(@)words[2,CURRENT-1]}" "$PREFIX" 2>/dev/null)}")
  [[ "$lines[1]" == words ]] || plain=()
  case "$lines[1]" in
    files) _files; return ;;
    folders) _files -/; return ;;
  esac
  for line in "${(@)lines[2,-1]}"; do
    word="${line%%$'\t'*}" what="${line#*$'\t'}"
    [[ -n "$what" ]] && what="$word  $what" || what="$word"
    if [[ "$word" == */ ]]; then
      folders+=("$word") folders_shown+=("$what")
    else
      found+=("$word") shown+=("$what")
    fi
  done
  (( $#found )) && compadd $plain -l -V vcsctl -d shown -a found
  (( $#folders )) && compadd -l -S '' -V vcsctl -d folders_shown -a folders
}
if [ "$funcstack[1]" = _vcsctl ]; then _vcsctl "$@"; else compdef _vcsctl vcsctl; fi
)sh";

constexpr std::string_view kFish = R"sh(# fish completion of vcsctl
function __vcsctl_complete
  set -l last (commandline -ct)
  set -l words (commandline -opc)
  set -l lines ($words[1] complete -- $words[2..-1] "$last" 2>/dev/null)
  switch "$lines[1]"
    case files
      __fish_complete_path "$last"
    case folders
      __fish_complete_directories "$last"
    case '*'
      set -q lines[2]; and printf '%s\n' $lines[2..-1]
  end
end
complete -c vcsctl -e
complete -c vcsctl -f -k -a '(__vcsctl_complete)'
)sh";

}  // namespace

std::string completion_script(std::string_view shell) {
  return std::string(shell == "zsh" ? kZsh : shell == "fish" ? kFish : kBash);
}

}  // namespace vcs::cli
