# The library as shipped can not be told to fail: nothing of fault injection is in it, neither exported nor hidden.
# Why: it exists in builds for tests alone, and costs nothing in any other.
# needs: nm
for library in "$QUARRY_SO" "$QUARRY_A"; do
    nm "$library" 2>/dev/null | awk '{ print $NF }' | grep -E 'quarry_fault|2os5fault' && exit 1
done
echo "nothing of it is left"
