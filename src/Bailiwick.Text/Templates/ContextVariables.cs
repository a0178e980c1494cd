using Bailiwick.Text.Templates.Builtins;
using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates;

/// <summary>The variables that a template starts with.</summary>
internal static class ContextVariables
{
    private static readonly string[] Reserved =
        ["messages", "tools", "documents", "add_generation_prompt", "bos_token", "eos_token", "loop", "caller", "varargs", "kwargs"];

    public static Scope Read(TemplateContext context)
    {
        var scope = new Scope(null);
        ReadVariables(context.VariablesJson, scope);
        scope.Set("messages", ChatJson.ReadMessages(context.MessagesJson, context.TrustedReasoning));
        ReadList("tools", context.ToolsJson, scope);
        ReadList("documents", context.DocumentsJson, scope);
        scope.Set("bos_token", TextValue.Template(context.BosToken));
        scope.Set("eos_token", TextValue.Template(context.EosToken));
        scope.Set("add_generation_prompt", Value.Of(context.AddGenerationPrompt));
        return scope;
    }

    private static void ReadVariables(string json, Scope scope)
    {
        if (ChatJson.Read("variables", json) is not DictValue variables)
        {
            throw new InvalidChatException("variables", "it is not a JSON object");
        }

        foreach (var (key, value) in variables.Entries)
        {
            var name = ((TextValue)key).Plain;
            if (Reserved.Contains(name, StringComparer.Ordinal) || Globals.Exists(name))
            {
                throw new InvalidChatException("variables", "it names a variable that has its own field or a function of templates");
            }

            scope.Set(name, value);
        }
    }

    private static void ReadList(string part, string? json, Scope scope)
    {
        if (json is null)
        {
            return;
        }

        var value = ChatJson.Read(part, json);
        scope.Set(part, value is ListValue or NoneValue ? value : throw new InvalidChatException(part, "it is not a JSON array"));
    }
}
