/**
 * What a guard runs: a shell that reads whom it must not leave stopped, until nobody can write to it any more.
 *
 *    + group 4711 99    the program 4711, that started at tick 99, with its group     - group 4711    not any more
 *    + process 4712 99  a process outside the group of its program
 *    + owner 4000 50    whoever may have stopped them, beside the keeper
 *
 * The start of a process is the 20th word behind the last parenthesis of /proc/PID/stat, as its name may hold anything, line feeds
 * included (proc(5), fields 3 and 22). Names of variables are the list: `group_4711=99`. Only `sleep` is a program of its own.
 */
export const guardScript = `# lanework: lets programs go on when nobody is left who could
set -f
trap '' HUP INT QUIT TERM
see() {
  stat=
  while read -r line || [ -n "$line" ]; do stat="$stat $line"; done < "/proc/$1/stat"
  set -- \${stat##*') '}
  state=\${1-} ticks=\${20-}
}
each() {
  for word in $(set); do
    case $word in "$1"_[0-9]*=*)
      name=\${word%%=*} pid=\${word%%=*}
      pid=\${pid#*_}
      eval "known=\\$$name"
      "$2" && return;;
    esac
  done
  return 1
}
runs() {
  see "$pid"
  case $state in [ZX]) return 1;; esac
  [ "$ticks" = "$known" ]
}
is_there() { kill -s 0 -- "-$pid"; }
go_on() {
  see "$pid"
  [ "$ticks" = "$known" ] && case $name in
    group_*) kill -s CONT -- "-$pid";;
    *) kill -s CONT "$pid";;
  esac
  return 1
}
while read -r change kind pid ticks; do
  case $change in
    +) eval "\${kind}_$pid=$ticks";;
    -) unset "\${kind}_$pid";;
  esac
done
while each owner runs && { each group is_there || each process runs; }; do sleep 0.2 || sleep 1; done
each group go_on
each process go_on
`
