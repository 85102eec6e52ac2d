# git: a repository of 60 commits is made, cloned without sharing files, repacked hard and checked.
# Why: gc and clone delta-compress in threads, with windows of large objects, and take memory back and forth.
# needs: git
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@example.org

git init -q -b main made
for commit in {1..60}; do
    for file in {1..12}; do
        awk -v commit="$commit" -v file="$file" 'BEGIN {
            for (i = 0; i < 400; i++) print i * file, (i + commit) % 60 < 3 ? commit : "same", i * i % (file + 7)
        }' >"made/file$((file * commit % 40))"
    done
    seq "$commit" 37 $((commit * 2000)) >made/large
    git -C made add .
    GIT_AUTHOR_DATE="$((1700000000 + commit)) +0000" GIT_COMMITTER_DATE="$((1700000000 + commit)) +0000" \
        git -C made commit -q -m "commit $commit"
done
git -C made log --stat --format=%H | cksum
git clone -q --no-local made cloned
git -C cloned -c pack.threads=2 gc -q --aggressive --prune=now
git -C cloned fsck --full --strict --no-progress
git -C cloned cat-file --batch-check --batch-all-objects | cksum
git -C cloned diff main~30 main | cksum
git -C cloned blame large | cksum

# How the two threads shared the work shows in the packs, and the time in the index; the files themselves stay.
rm -rf made/.git cloned/.git
