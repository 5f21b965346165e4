# Read by the launchers. Java starts with a third less processor time from an archive of the classes that a run loads (class data
# sharing). An archive is bound to one Java and to the jars where they are, so it is made on the spot; whoever has no place for
# it, or a Java that cannot make one, starts as before.

# Sets archive to the file that fits java and the jars, be it there or not; to nothing where there is no telling.
#   find_archive FOLDER CLASSES JARS...    where it is kept, the list of classes, files and folders
find_archive() {
    archive=
    archive_folder=$1
    classes=$2
    shift
    release=$(dirname "$(dirname "$(readlink -f "$java" 2> /dev/null || echo "$java")")")/release
    if [ -n "$archive_folder" ] && [ -r "$release" ] && [ -r "$classes" ]; then
        archive=$archive_folder/classes-$({ cat "$release" && echo "$java" && jars "$@"; } 2> /dev/null | cksum | tr ' ' '-').jsa
    fi
}

# Their sizes and times, the same whoever asks and when.
jars() {
    LC_ALL=C TZ=UTC0 ls -lnL --full-time "$@" 2> /dev/null || LC_ALL=C TZ=UTC0 ls -lnL "$@"
}

# Makes the archive. What is mapped by others must not change under them, so it appears whole.
#   make_archive OPTIONS...    those by which java finds the program
make_archive() {
    mkdir -p "$archive_folder" 2> /dev/null || return 0
    # One makes it. If it could not, that is tried again the next day.
    [ -z "$(find "$archive.lock" -prune -mtime +0 2> /dev/null)" ] || rmdir "$archive.lock" 2> /dev/null || :
    mkdir "$archive.lock" 2> /dev/null || return 0
    if [ -e "$archive" ]; then
        rmdir "$archive.lock"
        return 0
    fi
    trap 'rm -f "$archive.new"; rmdir "$archive.lock"; exit 1' INT TERM HUP
    # The heap that is written with it can be read by every collector, and only this one writes it.
    # shellcheck disable=SC2086 # The options are words.
    if ${gently:-} "$java" -Xmx128m -XX:+UseG1GC -Xshare:dump -XX:SharedClassListFile="$classes" -XX:SharedArchiveFile="$archive.new" \
        -Xlog:disable $quiet "$@" > /dev/null 2>&1 && mv -f "$archive.new" "$archive"; then
        rmdir "$archive.lock"
        # Those of earlier versions. A Java that still reads one has it open.
        for other in "$archive_folder"/classes-*.jsa; do
            [ "$other" = "$archive" ] || [ -z "$(find "$other" -mtime +30 2> /dev/null)" ] || rm -f "$other"
        done
    else
        rm -f "$archive.new"
    fi
    trap - INT TERM HUP
}

# Leaves archive as it is if it is there, since without it Java would do without its own, too. Otherwise it is made beside the run,
# when the start of that is over: what has ended by then needed none. Where memory is rationed, as in a container, there is none for a second
# Java. The run knows nothing of it, and it is no child of its.
take_archive() {
    [ ! -e "$archive" ] || return 0
    if is_rationed; then
        archive=
        return 0
    fi
    gently='nice -n 19'
    ({ sleep 20 && kill -0 $$ && make_archive "$@"; } < /dev/null > /dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &)
    archive=
}

is_rationed() {
    read -r limit 2> /dev/null < /sys/fs/cgroup/memory.max && [ "$limit" != max ]
}

# Options of java; what it says of an archive that does not fit is of no use to anybody.
quiet_archive='-Xlog:cds*=off'
[ "$major" -lt 24 ] || quiet_archive="$quiet_archive -Xlog:aot*=off"
