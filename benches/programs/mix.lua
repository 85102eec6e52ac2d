-- mix.lua WORK: what Lua programs do, WORK turns of everything: trees of tables, strings built and taken apart,
-- closures, maps with keys of text. Checks itself.
local work = assert(tonumber(arg[1]), "WORK is missing")
local random = 1

local function draw(limit)
    random = (random * 1103515245 + 12345) % 2147483648
    return random // 65536 % limit
end

local function tree(depth)
    if depth == 0 then return { value = 1 } end
    return { left = tree(depth - 1), right = tree(depth - 1), value = depth }
end

local function count(node)
    return node and 1 + count(node.left) + count(node.right) or 0
end

local function words()
    local list, counts = {}, {}
    for at = 1, 4000 do
        local letters = {}
        for letter = 1, 2 + draw(8) do letters[letter] = string.char(97 + draw(6)) end
        list[at] = table.concat(letters)
    end
    for _, word in ipairs(list) do counts[word] = (counts[word] or 0) + 1 end
    local text, sum = table.concat(list, " "), 0
    for word in text:gmatch("%a+") do
        assert(counts[word])
        sum = sum + 1
    end
    assert(sum == #list)
    local upper = text:gsub("a(%a)", function(letter) return letter:upper() .. "a" end)
    assert(#upper == #text)
end

local function closures()
    local list = {}
    for at = 1, 3000 do
        local held = { at, tostring(at) }
        list[at] = function(by) held[1] = held[1] + by; return held end
    end
    local sum = 0
    for at = 1, #list do sum = sum + list[at](at)[1] end
    assert(sum == #list * (#list + 1))
end

local function lines()
    local text = ""
    for at = 1, 600 do text = text .. at .. ";" end
    assert(select(2, text:gsub(";", "")) == 600)
end

local function objects()
    local Point = {}
    Point.__index = Point
    Point.__add = function(a, b) return setmetatable({ x = a.x + b.x, y = a.y + b.y }, Point) end
    local sum = setmetatable({ x = 0, y = 0 }, Point)
    for at = 1, 10000 do sum = sum + setmetatable({ x = at, y = -at }, Point) end
    assert(sum.x == -sum.y)
end

for _ = 1, work do
    assert(count(tree(12)) == 8191)
    words()
    closures()
    lines()
    objects()
end
