-- What is new in each of many logs, in one look.
--
-- KEYS    for each turn two: its stream, and its head
-- ARGV    for each turn two: the epoch and the seq of the last event that is known
-- answer  for each turn nothing (there is no whole log), or: epoch, first, seq, events after the known one (all of
--         them where the known one is of another text, or the log begins after it)
local answers = {}
for place = 1, #KEYS, 2 do
    local stream = KEYS[place]
    local head = redis.call('HMGET', KEYS[place + 1], 'epoch', 'seq', 'first')
    local answer = false
    if head[1] then
        local epoch, seq, first = tonumber(head[1]), tonumber(head[2]), tonumber(head[3])
        if redis.call('XLEN', stream) == seq - first + 1 then
            local known_epoch, known = tonumber(ARGV[place]), tonumber(ARGV[place + 1])
            local from = '-'
            if known_epoch == epoch and first - 1 <= known and known <= seq then
                from = '(' .. epoch .. '-' .. known
            end
            answer = {epoch, first, seq, known == seq and from ~= '-' and {} or redis.call('XRANGE', stream, from, '+')}
        end
    end
    answers[#answers + 1] = answer
end
return answers
