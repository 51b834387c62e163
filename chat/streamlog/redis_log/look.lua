-- What is new in each of many logs, in one look.
--
-- ARGV    as MessagePack, for each turn: its id in hexadecimal, and the epoch and the seq of the last event that is known
-- answer  for each turn nothing (there is no whole log), or: epoch, first, seq, events after the known one (all of
--         them where the known one is of another text, or the log begins after it)
local answers = {}
for place, asked in ipairs(cmsgpack.unpack(ARGV[1])) do
    local stream = 'sluice:log:' .. asked[1]
    local head = redis.call('HMGET', 'sluice:head:' .. asked[1], 'epoch', 'seq', 'first')
    local answer = false
    if head[1] then
        local epoch, seq, first = tonumber(head[1]), tonumber(head[2]), tonumber(head[3])
        if redis.call('XLEN', stream) == seq - first + 1 then
            local known = asked[3]
            local follows = asked[2] == epoch and first - 1 <= known and known <= seq
            local entries = {}
            if not follows then
                entries = redis.call('XRANGE', stream, '-', '+')
            elseif known < seq then
                entries = redis.call('XRANGE', stream, '(' .. epoch .. '-' .. known, '+')
            end
            answer = {epoch, first, seq, entries}
        end
    end
    answers[place] = answer
end
return answers
