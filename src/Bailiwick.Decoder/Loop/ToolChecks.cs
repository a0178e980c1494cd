using System.Globalization;
using Bailiwick.Decoder.Grammar;
using Bailiwick.Protocol.Decoder.V1;
using Bailiwick.Text.ToolCalls;
using V1 = Bailiwick.Protocol.Decoder.V1;

namespace Bailiwick.Decoder.Loop;

/// <summary>Checks what a Submit says of functions, and makes the grammar that keeps an answer to them.</summary>
/// <param name="tools">Calls as the model writes them; null for a model whose text knows none.</param>
/// <param name="grammar">Null when this build has no grammar engine.</param>
internal sealed class ToolChecks(ModelTools? tools, GrammarEngine? grammar)
{
    /// <summary>Most functions of a turn, as of OpenAI's.</summary>
    internal const int MostFunctions = 128;

    /// <returns>Null where the answer is text.</returns>
    /// <exception cref="TurnRefusedException">The sentence names the field.</exception>
    internal static TurnTools? Check(Submit submit)
    {
        var asked = submit.Tools;
        if (asked is null || asked.Choice == Tools.Types.Choice.None)
        {
            return null;
        }

        if (asked.Choice is not (Tools.Types.Choice.Auto or Tools.Types.Choice.Required or Tools.Types.Choice.Named))
        {
            throw Invalid("tools.choice is absent.");
        }

        if (submit.PromptCase != Submit.PromptOneofCase.Chat || submit.Chat.ToolsJson.Length == 0)
        {
            throw Invalid("tools needs a chat whose tools_json names functions.");
        }

        var functions = ToolFunction.Read(submit.Chat.ToolsJson);
        if (functions is not { Count: > 0 and <= MostFunctions })
        {
            throw Invalid($"chat.tools_json is no array of 1 to {MostFunctions} functions of different names with JSON schemas.");
        }

        if (asked.Strict.Any(name => !functions.Any(function => function.Name == name)))
        {
            throw Invalid("tools.strict names a function that chat.tools_json does not have.");
        }

        var isNamed = asked.Choice == Tools.Types.Choice.Named;
        if (isNamed && !functions.Any(function => function.Name == asked.Name))
        {
            throw Invalid("tools.name names a function that chat.tools_json does not have.");
        }

        return new TurnTools(
            isNamed ? [functions.First(function => function.Name == asked.Name)] : functions,
            asked.Choice != Tools.Types.Choice.Auto,
            asked.Parallel && !isNamed);
    }

    /// <summary>The grammar of a turn that may call functions.</summary>
    /// <returns>Null where none is needed.</returns>
    /// <exception cref="TurnRefusedException">A schema does not compile, or this model cannot be kept to one.</exception>
    internal ITurnGrammar? Compile(Submit submit, TurnTools turn)
    {
        if (tools is null)
        {
            throw Incapable("This model cannot call functions.");
        }

        if (submit.Grammar is { KindCase: not V1.Grammar.KindOneofCase.JsonSchema } && !turn.Required)
        {
            throw Incapable("A grammar of regex or lark goes with tools only where calls are required.");
        }

        var content = submit.Grammar is { } own && !turn.Required ? JsonSchemaText.Prepare(own.JsonSchema) : null;
        var request = new CallRequest(turn.Functions, turn.Required, turn.Parallel, submit.Tools.Strict.ToHashSet(StringComparer.Ordinal), content);
        var plan = tools.Plan(request, place => Schema(submit, turn.Functions[place])) ?? throw Incapable(content is null
            ? $"This model writes calls in its own form ({tools.Format}), which no grammar describes: strict functions need tool_choice required or one function's name."
            : "This model tells calls from text by the first brace: a JSON answer and functions need tool_choice required or none.");
        if (plan.Lark is not { } lark)
        {
            return null;
        }

        if (grammar is null)
        {
            throw Incapable("This build of the native library has no grammar engine, which functions need here.");
        }

        var matcher = grammar.CompileCalls(lark, () => FindFault(submit, turn.Functions));
        return plan.Trigger is { } trigger ? new TriggeredGrammar(matcher, trigger) : matcher;
    }

    private static string Schema(Submit submit, ToolFunction function) => JsonSchemaText.Prepare(function.Parameters, FieldOf(submit, function), isSpaced: true);

    /// <summary>Compiles each schema alone, to name the one that does not.</summary>
    private void FindFault(Submit submit, IReadOnlyList<ToolFunction> functions)
    {
        foreach (var function in functions)
        {
            grammar!.CompileSchema(Schema(submit, function), FieldOf(submit, function)).Dispose();
        }
    }

    private static string FieldOf(Submit submit, ToolFunction function)
    {
        var all = ToolFunction.Read(submit.Chat.ToolsJson)!;
        var place = all.TakeWhile(other => other.Name != function.Name).Count();
        return string.Create(CultureInfo.InvariantCulture, $"tools[{place}].function.parameters");
    }

    private static TurnRefusedException Invalid(string sentence) => new(Problems.Invalid(sentence));

    private static TurnRefusedException Incapable(string sentence) => new(Problems.Capability(sentence));
}
