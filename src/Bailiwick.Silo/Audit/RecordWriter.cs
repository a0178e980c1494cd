using Bailiwick.Evidence;
using Bailiwick.Silo.Hosting;

namespace Bailiwick.Silo.Audit;

/// <summary>
/// Makes groups of records durable: in PostgreSQL, or in the spool while it is away. The rule that keeps a silo's chain whole: what may
/// have been committed is completed. One owner, not thread-safe; only <see cref="IsAvailable"/> is read by others.
/// </summary>
internal sealed class RecordWriter(RecordTable table, Spool spool, RecordChain chain, string silo, ILogger log)
{
    /// <summary>Records of one transaction.</summary>
    public const int MaxGroup = 256;

    private bool _isChainKnown;
    private volatile bool _isAvailable;

    /// <summary>True while PostgreSQL takes records and nothing waits in the spool.</summary>
    public bool IsAvailable => _isAvailable;

    /// <summary>Records that wait in the spool.</summary>
    public int SpooledRecords => spool.Count;

    /// <summary>Reads what an earlier process left in the spool.</summary>
    /// <exception cref="IOException">The spool cannot be read: the silo must not start, since records may be in it.</exception>
    public void Open()
    {
        var (records, damaged) = spool.Open();
        if (damaged > 0)
        {
            log.SpoolDamaged(damaged);
        }

        chain.Add(records);
        _isChainKnown = records.Count > 0;
    }

    /// <summary>Writes a group and tells its callers.</summary>
    public async Task WriteAsync(IReadOnlyList<Pending> group, CancellationToken cancellationToken)
    {
        var (made, repeated) = Make(group);
        if (made.Count > 0)
        {
            await WriteMadeAsync(made, cancellationToken);
        }

        // A second outcome is not written: the first one stands.
        repeated.ForEach(pending => pending.Complete(chain.OutcomeOf(pending.Intent!.Value)));
    }

    private async Task WriteMadeAsync(List<Pending> made, CancellationToken cancellationToken)
    {
        if (!_isAvailable)
        {
            Refuse(made);
            return;
        }

        AuditRecord[] records = [.. made.Select(pending => pending.Record!)];
        var (written, problem) = await table.InsertAsync(records, repeated: false, cancellationToken);
        if (written is Written.Broken)
        {
            // Nothing was written, so it may be said again.
            (written, problem) = await table.InsertAsync(records, repeated: false, cancellationToken);
        }

        switch (written)
        {
            case Written.All:
                chain.Add(records);
                Pending[] left = [.. made.Where(pending => !pending.Complete(pending.Record!.Hash) && pending.Record.Leaf is IntentLeaf)];
                // Their callers left while the intent was on its way; nobody else can close it.
                await WriteAsync([.. left.Select(intent => Close(intent.Record!.Hash, Finish.Cancelled))], cancellationToken);
                break;
            case Written.Conflict when made.Count > 1:
                foreach (var pending in made)
                {
                    await WriteAsync([pending], cancellationToken);
                }

                break;
            case Written.Conflict:
                await YieldAsync(made[0], cancellationToken);
                break;
            default:
                GoAway(problem!);
                Refuse(made, wasUncertain: written is Written.Unknown);
                break;
        }
    }

    /// <summary>Sends the spool and opens again. Called when the server answers.</summary>
    /// <returns>True if records are taken again.</returns>
    public async Task<bool> RecoverAsync(CancellationToken cancellationToken)
    {
        if (_isAvailable)
        {
            return true;
        }

        try
        {
            // Read again, not remembered: what counts is what is on the disk.
            var (records, _) = spool.Open();
            foreach (var chunk in records.Chunk(MaxGroup))
            {
                var group = await AmendedAsync(chunk, cancellationToken);
                var (written, problem) = await table.InsertAsync(group, repeated: true, cancellationToken);
                if (written is not Written.All)
                {
                    log.Waiting(problem!);
                    return false;
                }
            }

            if (!_isChainKnown)
            {
                chain.GoOnAfter(await table.LastAsync(silo, cancellationToken));
                _isChainKnown = true;
            }

            spool.Clear();
            log.Recovered(records.Count);
            _isAvailable = true;
            return true;
        }
        catch (Exception problem) when (RecordTable.IsAway(problem) || problem is UnauthorizedAccessException)
        {
            log.Waiting(ProblemPlace.Of(problem));
            return false;
        }
    }

    /// <summary>A record that is there already, or whose turn another silo has closed: what it says is news beside the outcome that stands.</summary>
    private async Task YieldAsync(Pending pending, CancellationToken cancellationToken)
    {
        var record = pending.Record!;
        TreeHash? standing = null;
        try
        {
            standing = pending.Intent is { } intent ? await table.OutcomeAsync(intent, cancellationToken) : null;
        }
        catch (Exception problem) when (RecordTable.IsAway(problem))
        {
            GoAway(ProblemPlace.Of(problem));
            Refuse([pending]);
            return;
        }

        if (standing is { } first && record.Leaf is OutcomeLeaf { Finish: not Finish.Unknown } late && first != record.Hash)
        {
            var news = Amended(late, first, AmendCause.LateReport);
            await WriteAsync([new Pending(origin => news with { Origin = origin }, intent: null)], cancellationToken);
        }

        if (standing is null)
        {
            log.RecordRefused(record.Kind, record.Hash.ToHex());
        }

        pending.Complete(standing);
    }

    /// <summary>
    /// Records of the spool, with news in the place of outcomes whose turns were closed meanwhile. Its bytes follow from the outcome's, so
    /// that sending it twice does no harm; the record behind it still names the outcome.
    /// </summary>
    private async Task<AuditRecord[]> AmendedAsync(AuditRecord[] records, CancellationToken cancellationToken)
    {
        var sent = records.ToArray();
        for (var i = 0; i < sent.Length; i++)
        {
            if (sent[i].Leaf is OutcomeLeaf late && await table.OutcomeAsync(late.Intent, cancellationToken) is { } first && first != sent[i].Hash)
            {
                sent[i] = AuditRecord.Of(Amended(late, first, AmendCause.Spool));
            }
        }

        return sent;
    }

    private static AmendedLeaf Amended(OutcomeLeaf late, TreeHash standing, AmendCause cause) =>
        new(late.Origin, late.Intent, standing, cause, late.Finish, late.Counts, late.Prompt, late.Answer);

    private (List<Pending> Made, List<Pending> Repeated) Make(IReadOnlyList<Pending> group)
    {
        var (made, repeated) = (new List<Pending>(group.Count), new List<Pending>());
        var inGroup = new HashSet<TreeHash>();
        var previous = chain.Previous;
        foreach (var pending in group)
        {
            if (pending.Intent is { } intent && (chain.OutcomeOf(intent) is not null || !inGroup.Add(intent)))
            {
                repeated.Add(pending);
            }
            else if (pending is { IsLeft: true, Intent: null })
            {
                // Nobody waits for it any more, and nothing depends on it.
                continue;
            }
            else if (pending.TryMake(chain.Origin(previous)))
            {
                previous = pending.Record!.Hash;
                made.Add(pending);
            }
        }

        return (made, repeated);
    }

    private void GoAway(string problem)
    {
        _isAvailable = false;
        log.Away(problem);
    }

    /// <summary>
    /// Outcomes go to the spool, all others are refused. Where it is not known whether the group was committed, all of it goes to the
    /// spool as it is, and an intent whose caller is told that there is none gets its outcome.
    /// </summary>
    private void Refuse(List<Pending> group, bool wasUncertain = false)
    {
        var records = new List<AuditRecord>(group.Count);
        var previous = chain.Previous;
        foreach (var pending in group.Where(pending => wasUncertain || pending.Intent is not null))
        {
            pending.TryMake(chain.Origin(previous));
            Append(pending.Record!);
        }

        if (wasUncertain)
        {
            foreach (var intent in group.Where(pending => pending.Record!.Leaf is IntentLeaf))
            {
                var outcome = Close(intent.Record!.Hash, Finish.Error);
                outcome.TryMake(chain.Origin(previous));
                Append(outcome.Record!);
            }
        }

        var isKept = Keep(records);
        group.ForEach(pending => pending.Complete(isKept && pending.Intent is not null ? pending.Record!.Hash : null));

        void Append(AuditRecord record)
        {
            records.Add(record);
            previous = record.Hash;
        }
    }

    /// <summary>The end of a turn of which nothing left.</summary>
    private static Pending Close(TreeHash intent, Finish finish) =>
        new(origin => new OutcomeLeaf(origin, intent, finish, null, null, null, null), intent);

    private bool Keep(List<AuditRecord> records)
    {
        if (records.Count == 0)
        {
            return true;
        }

        try
        {
            spool.Append(records);
            chain.Add(records);
            return true;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            log.SpoolFailed(records.Count, ProblemPlace.Of(problem));
            return false;
        }
    }
}
