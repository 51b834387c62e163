-- What the writers of one process do to their logs, in order. All of it happens, or (on an error) none of it.
--
-- ARGV  the channel of wake-ups, the channel of signals, the sender, how long a log is kept (ms), the time (ms),
--       the signals, and the writes: both as MessagePack, which costs the sender a tenth of as many arguments. Each
--       write is what, turn (its id in hexadecimal), attempt, epoch, and four or five more that depend on what.
--
-- The keys are no KEYS: there are as many as writes, and no cluster that would have to know them.
--
-- The head is a hash: attempt, epoch, seq (of the last event), first (seq of the first event that is left),
-- characters and beside (of text and of what stands beside it, in this epoch), ended, kept (when its expiry was last set, in ms), written (whether this epoch's
-- text was written here, so that its readers are known), server (the run id of the Redis in which this epoch began), and
-- for each reader a field `r:<id>`. Keys may vanish one by one (eviction) or go back in time (a restart), so every write
-- first compares the stream with its head.
local OK, FENCED, GONE, ENDED = 0, 1, 2, 3
local DAY = 24 * 3600 * 1000
local unended = 'sluice:unended'
local wakes, signals, sender, keep, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])

local function look(stream, head)
    local found = redis.call('HMGET', head, 'attempt', 'epoch', 'seq', 'first', 'characters', 'ended', 'kept',
        'written', 'beside')
    if not found[1] then
        return nil
    end
    local log = {
        attempt = tonumber(found[1]), epoch = tonumber(found[2]), seq = tonumber(found[3]),
        first = tonumber(found[4]), characters = tonumber(found[5]), ended = found[6] == '1', kept = tonumber(found[7]),
        written = found[8] == '1', beside = tonumber(found[9]) or 0,
    }
    log.whole = redis.call('XLEN', stream) == log.seq - log.first + 1
    return log
end

local function stay(stream, head)
    redis.call('PEXPIRE', stream, keep)
    redis.call('PEXPIRE', head, keep)
    redis.call('HSET', head, 'kept', now)
end

local function add(stream, head, log, kind, value)
    log.seq = log.seq + 1
    redis.call('XADD', stream, log.epoch .. '-' .. log.seq, 'k', kind, 'v', value)
    redis.call('HSET', head, 'seq', log.seq, 'first', log.first, 'characters', log.characters, 'beside', log.beside)
end

-- Another one after each restart, and on a replica that was promoted: only then can keys have gone back in time together.
-- Nothing where the user we are to Redis may not ask.
local function server()
    local found = redis.pcall('INFO', 'server')
    return type(found) == 'string' and string.match(found, 'run_id:(%w+)') or ''
end

local does = {}

-- no further values; the last of the answer says whether the log has every event that this epoch ever had
function does.open(log, stream, head, attempt, epoch, _, _, _, _, turn)
    if log and attempt < log.attempt then
        return {FENCED, log.attempt}
    end
    local here, whole = server(), 0
    if not log then
        log = {epoch = 0, seq = 0, first = 1, characters = 0, beside = 0}
    elseif not log.whole then
        -- Its numbers go on, so that no cursor of the lost text names a place in what follows.
        log.first, log.characters, log.beside, log.ended = log.seq + 1, 0, 0, false
        redis.call('HSET', head, 'first', log.first, 'server', '')
        redis.call('DEL', stream)
    elseif here ~= '' and redis.call('HGET', head, 'server') == here then
        whole = 1
    end
    if epoch > log.epoch then
        log = {epoch = epoch, seq = 0, first = 1, characters = 0, beside = 0}
        redis.call('HSET', head, 'written', '0', 'server', here)
    end
    redis.call('HSET', head, 'attempt', attempt, 'epoch', log.epoch, 'seq', log.seq, 'first', log.first,
        'characters', log.characters, 'beside', log.beside, 'ended', log.ended and '1' or '0')
    if log.seq == 0 then
        redis.call('DEL', stream)
    end
    if not log.ended then
        redis.call('ZADD', unended, now, turn)
    end
    stay(stream, head)
    return {OK, log.epoch, log.seq, log.characters, log.beside, whole}, true
end

-- seq it must get, characters of the epoch with it, kind, value, those beside it
function does.append(log, stream, head, attempt, epoch, seq, characters, kind, value, _, beside)
    if not log or attempt > log.attempt or epoch > log.epoch then
        return {GONE}
    end
    if attempt < log.attempt or epoch < log.epoch then
        return {FENCED, log.attempt}
    end
    if log.ended then
        return {ENDED}
    end
    if log.whole and seq <= log.seq then
        return {OK} -- it was written; only the answer was lost
    end
    if not log.whole or seq ~= log.seq + 1 then
        return {GONE}
    end
    log.characters, log.beside = characters, beside
    add(stream, head, log, kind, value)
    if not log.written and kind ~= 'turn.moderating' then
        redis.call('HSET', head, 'written', '1')
    end
    -- Not for each event: it is half of what one costs here.
    if log.seq == log.first or now - log.kept > keep / 8 then
        stay(stream, head)
    end
    return {OK}, true
end

-- whether to purge, nothing, kind, value
function does.finish(log, stream, head, attempt, epoch, purge, _, kind, value, turn)
    if not log and epoch == 0 then
        redis.call('ZREM', unended, turn)
        return {OK} -- there is no log, and so nothing to end
    end
    if log and attempt < log.attempt then
        return {FENCED, log.attempt}
    end
    -- First something that full memory cannot refuse, and then nothing of this script is refused: an end is a few
    -- bytes, and what it takes away must go.
    stay(stream, head)
    if not log then
        log = {epoch = epoch, seq = 0, first = 1, characters = 0, beside = 0, whole = true}
        redis.call('DEL', stream)
        redis.call('HSET', head, 'epoch', epoch)
    end
    redis.call('HSET', head, 'attempt', attempt)
    if not log.whole then
        redis.call('DEL', stream)
        log.first, log.ended = log.seq + 1, false
    end
    if log.ended then
        if purge then
            redis.call('XTRIM', stream, 'MAXLEN', 1)
            redis.call('HSET', head, 'first', log.seq)
        end
    else
        if purge then
            redis.call('XTRIM', stream, 'MAXLEN', 0)
            log.first = log.seq + 1
        end
        add(stream, head, log, kind, value)
        redis.call('HSET', head, 'ended', '1')
    end
    redis.call('ZREM', unended, turn)
    stay(stream, head)
    return {OK}, true
end

-- first event it has seen, nothing, field, value
function does.register(log, stream, head, _, epoch, first, _, field, value)
    if not log or not log.whole or log.epoch ~= epoch or log.first ~= first then
        return {GONE}
    end
    redis.call('PEXPIRE', head, keep) -- as in finish: full memory closes no door
    redis.call('HSET', head, field, value)
    return {OK}
end

-- nothing, nothing, field, value
function does.note(log, stream, head, _, _, _, _, field, value)
    if log then
        redis.call('PEXPIRE', head, keep)
        redis.call('HSET', head, field, value)
    end
    return {OK}
end

function does.who(log, stream, head)
    return {OK, log and redis.call('HGETALL', head) or false}
end

function does.unended()
    redis.call('ZREMRANGEBYSCORE', unended, '-inf', now - DAY)
    return {OK, redis.call('ZRANGE', unended, 0, 999)}
end

local answers, woken = {}, {}
for place, write in ipairs(cmsgpack.unpack(ARGV[7])) do
    local stream, head = 'sluice:log:' .. write[2], 'sluice:head:' .. write[2]
    local answer, changed = does[write[1]](
        look(stream, head), stream, head, write[3], write[4], write[5], write[6], write[7], write[8], write[2], write[9]
    )
    answers[place] = answer
    if changed then
        woken[#woken + 1] = write[2]
    end
end
for _, signal in ipairs(cmsgpack.unpack(ARGV[6])) do
    redis.call('PUBLISH', signals, signal)
end
if #woken > 0 then
    redis.call('PUBLISH', wakes, sender .. table.concat(woken))
end
return answers
