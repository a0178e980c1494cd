using Bailiwick.Decoder.Grammar;
using Bailiwick.Decoder.Sampling;
using Bailiwick.Protocol.Decoder.V1;
using Google.Protobuf.Collections;

namespace Bailiwick.Decoder.Loop;

/// <summary>Checks a Submit against the bounds that decoder.proto states and against this model. Nothing is ignored or corrected.</summary>
/// <param name="loop">Gives context length and vocabulary.</param>
/// <param name="text">Encodes the prompt.</param>
/// <param name="grammar">Null when this build has no grammar engine.</param>
/// <param name="blocks">The KV budget, which one turn must fit.</param>
internal sealed class SubmitChecks(ITokenLoop loop, ITurnText text, GrammarEngine? grammar, KvBlocks blocks)
{
    internal const int MostTopLogprobs = 20;
    private const int MostStops = 16;
    private const int LongestStop = 256;
    private const int LongestTurnId = 128;
    private const int DefaultMaxTokens = 256;

    private readonly ToolChecks _tools = new(text.Tools, grammar);

    /// <exception cref="TurnRefusedException">The sentence names the field.</exception>
    internal TurnRequest Check(Submit submit)
    {
        Require(submit.Turn.Length is > 0 and <= LongestTurnId, $"turn has {submit.Turn.Length} characters, it must have 1 to {LongestTurnId}.");
        Require(submit.MaxTokens >= 0, $"max_tokens is {submit.MaxTokens}, it must be 0 or more.");
        Require(submit.DeadlineMs >= 0, $"deadline_ms is {submit.DeadlineMs}, it must be 0 or more.");
        Require(
            submit.TopLogprobs is >= 0 and <= MostTopLogprobs,
            $"top_logprobs is {submit.TopLogprobs}, it must be in 0 to {MostTopLogprobs}.");
        CheckStops(submit);
        CheckIds("emitted", submit.Emitted);
        Require(submit.Emitted.Count == 0 || loop.ExactResume, "This model's loop cannot resume a turn exactly.", capability: true);
        Require(submit.Grammar is null || grammar is not null, "This build of the native library has no grammar engine.", capability: true);
        var sampling = SamplingOptions.Checked(submit.Sampling, loop.Vocabulary);
        var tools = ToolChecks.Check(submit);
        var prompt = Prompt(submit);
        var maxTokens = MaxTokens(submit, prompt.Length);

        // Compiled last: from here on the matcher has an owner.
        return new TurnRequest
        {
            Id = submit.Turn,
            Prompt = prompt,
            MaxTokens = maxTokens,
            Sampling = sampling,
            Stop = [.. submit.Stop],
            Emitted = [.. submit.Emitted],
            Grammar = tools is not null ? _tools.Compile(submit, tools) : submit.Grammar is null ? null : grammar!.Compile(submit.Grammar),
            Tools = tools,
            TopLogprobs = submit.TopLogprobs,
            Logprobs = submit.Logprobs || submit.TopLogprobs > 0,
            IgnoreEos = submit.IgnoreEos,
            DigestLogits = submit.DigestLogits,
            Deadline = submit.DeadlineMs == 0 ? null : TimeSpan.FromMilliseconds(submit.DeadlineMs),
        };
    }

    private static void CheckStops(Submit submit)
    {
        Require(submit.Stop.Count <= MostStops, $"stop has {submit.Stop.Count} strings, at most {MostStops} are allowed.");
        for (var i = 0; i < submit.Stop.Count; i++)
        {
            Require(
                submit.Stop[i].Length is > 0 and <= LongestStop,
                $"stop[{i}] has {submit.Stop[i].Length} characters, it must have 1 to {LongestStop}.");
        }
    }

    private void CheckIds(string field, RepeatedField<int> ids)
    {
        for (var i = 0; i < ids.Count; i++)
        {
            Require(
                ids[i] >= 0 && ids[i] < loop.Vocabulary,
                $"{field}[{i}] is {ids[i]}, token ids of this model are 0 to {loop.Vocabulary - 1}.");
        }
    }

    private int[] Prompt(Submit submit)
    {
        switch (submit.PromptCase)
        {
            case Submit.PromptOneofCase.Text:
                return text.EncodePrompt(submit.Text);
            case Submit.PromptOneofCase.Chat:
                Require(text.HasChatTemplate, "This model has no chat template; send text instead.", capability: true);
                return text.Render(submit.Chat).Ids;
            case Submit.PromptOneofCase.Ids:
                CheckIds("ids.id", submit.Ids.Id);
                return [.. submit.Ids.Id];
            default:
                throw new TurnRefusedException(Problems.Invalid("prompt is absent: send text, chat or ids."));
        }
    }

    private int MaxTokens(Submit submit, int promptTokens)
    {
        Require(promptTokens > 0, "The prompt has no tokens.");
        var left = loop.ContextTokens - promptTokens;
        Require(left > 0, $"The prompt has {promptTokens} tokens, this model's context holds {loop.ContextTokens} with the answer.");
        var maxTokens = submit.MaxTokens > 0 ? submit.MaxTokens : Math.Min(DefaultMaxTokens, left);
        Require(
            maxTokens <= left,
            $"The prompt has {promptTokens} tokens and max_tokens is {maxTokens}, this model's context holds {loop.ContextTokens}.");
        Require(
            submit.Emitted.Count <= maxTokens,
            $"emitted has {submit.Emitted.Count} tokens, more than max_tokens, which is {maxTokens}.");
        var needed = blocks.Needed(promptTokens + maxTokens);
        Require(
            needed <= blocks.Total,
            $"The prompt has {promptTokens} tokens and max_tokens is {maxTokens}: that is {needed} KV blocks, this decoder has {blocks.Total}.");
        return maxTokens;
    }

    private static void Require(bool holds, string sentence, bool capability = false)
    {
        if (!holds)
        {
            throw new TurnRefusedException(capability ? Problems.Capability(sentence) : Problems.Invalid(sentence));
        }
    }
}
