"""Words and lines that tell no issue from another: generic titles, form labels, placeholders, template instructions.

Tables of general language and of what issue forms everywhere ask. What a repository's own template says beside them is
recognised from the index (`shared_lines.py`).
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from rulewright.duplicates.words import terms
from rulewright.events.field_names import SYNONYMS

_GENERIC: Final = """
    bug bugs issue issues problem problems error errors err crash crashes crashed crashing crashs fail fails failed
    failing failure failures fault faults exception help question questions query report reports reported reporting
    request requests feature features enhancement enhancements improvement improvements improve idea ideas
    suggestion suggestions suggest proposal support urgent important asap critical severe major minor please pls plz
    thanks thank thx hi hello hey dear greetings regards cheers kind best good great nice day morning everyone
    everybody team folks guys maintainer maintainers developer developers sir madam advance not no nope work works
    worked working broken break breaks broke wrong incorrect strange weird odd unexpected behavior behaviour
    something anything nothing everything somebody anybody someone anyone stuff thing things title subject headline
    name summary summarise summarize description descriptions describe describes untitled new test tests testing
    ticket tickets case todo tbd none null nil na template placeholder example examples sample short brief concise
    clear detail details detailed information info need needs needed want wants got get gets getting make makes use
    uses used using user happen happens happened happening occur occurs occurred can cannot unable able try tries
    tried trying app apps application applications program software tool product system website project repo
    repository package trouble stop stops stopped general misc miscellaneous various other others unknown generic
    unspecified see saw look looks above below still really fix fixed solve solved solution answer answers
    assistance assist advice doubt clarification discussion feedback comment comments enter insert write type fill
    add put text here yes okay ok maybe always never sometimes without expected actual result results current
    version latest today yesterday now suddenly first time bitte hallo danke guten tag morgen fehler fehlers
    probleme hilfe frage fragen absturz abstürze stürzt ab abgestürzt funktioniert funktionieren nicht geht gehen
    kaputt defekt fehlermeldung fehlerbericht wunsch funktionswunsch verbesserung vorschlag anfrage titel
    beschreibung beschreiben dringend programm anwendung kein keine keiner etwas alles nichts der die das ein eine
    einen es ist bei mit und mein meine ich habe brauche kurze bonjour salut merci svp erreur erreurs problème
    problèmes aide aider plantage plante plantages bogue bogues ne pas fonctionne marche demande fonctionnalité
    fonctionnalités titre urgente amélioration panne cassé signalement rapport logiciel le la les un une des du de
    il elle est ça cela mon ma besoin avec rien aucun aucune plus hola gracias por favor problema problemas ayuda
    ayudar pregunta preguntas fallo fallos falla fallas funciona funcionan solicitud función funcionalidad título
    descripción sugerencia mejora aplicación programa roto el lo los las una uno mi me necesito con ninguno ninguna
    nada se olá oi obrigado obrigada erro erros ajuda pergunta falha falhas não travou travando trava solicitação
    recurso sugestão melhoria dúvida dúvidas aplicativo aplicação quebrado os um uma meu minha preciso com nenhum
    nenhuma ciao salve grazie per errore errori aiuto domanda domande guasto non funziona richiesta funzionalità
    titolo descrizione suggerimento miglioramento applicazione programma rotto gli mio nessuno nessuna segnalazione
    fout fouten probleem hulp vraag werkt niet crasht verzoek functie bedankt beschrijving kapot het een geen błąd
    błędy pomoc pomocy pytanie awaria nie działa prośba funkcja cześć dzień dobry dziękuję proszę tytuł opis brak
    fel fråga hjälp krasch kraschar fungerar inte hej tack fejl spørgsmål hjælp virker ikke feil spørsmål fungerer
    takk chyba chyby problém otázka pád nefunguje prosím děkuji ahoj popis název žádné hata hatası sorun yardım soru
    çökme çöküyor çalışmıyor özellik isteği merhaba teşekkürler lütfen başlık açıklama yok ошибка ошибки баг баги
    проблема проблемы помощь помогите помочь вопрос вопросы сбой падает падение вылет вылетает не работает работают
    запрос предложение функция функции улучшение привет здравствуйте спасибо пожалуйста заголовок описание срочно
    нет ничего программа приложение сломано помилка допоможіть допомога питання працює збій запит пропозиція привіт
    дякую немає 错误 錯誤 问题 問題 帮助 幫助 求助 帮忙 疑问 提问 崩溃 崩潰 闪退 不工作 无法工作 无法使用 不能用
    不能使用 用不了 不起作用 功能请求 功能建议 新功能 建议 报告 反馈 故障 报错 异常 出错 你好 您好 谢谢 感谢 标题
    描述 失败 出现问题 バグ バグ報告 バグレポート エラー エラーが出る ヘルプ 質問 クラッシュ クラッシュする
    クラッシュします 動かない 動きません 動作しない 動作しません 不具合 機能要望 機能リクエスト 要望 助けて
    助けてください こんにちは お願いします ありがとう タイトル 説明 問題があります 버그 오류 에러 문제 도움
    도와주세요 질문 충돌 작동하지 작동 않음 않습니다 안됨 안돼요 기능 요청 제안 안녕하세요 감사합니다 제목 설명
    버그리포트 문제가 있습니다 خطأ مشكلة مساعدة سؤال طلب ميزة مرحبا شكرا لا يعمل lỗi giúp hỏi kesalahan masalah
    bantuan pertanyaan tidak berfungsi soon possible mehr mal wieder leider al usar uso utilizar cuando più quando
    lors während beim von zu アプリがクラッシュする アプリがクラッシュします アプリが動かない アプリが動きません
"""

_ENVIRONMENT: Final = """
    windows win win10 win11 linux macos mac osx os ios ipados android ubuntu debian fedora centos rhel arch alpine
    suse unix bsd freebsd darwin monterey ventura sonoma sequoia chrome chromium firefox safari edge opera brave
    browser desktop smartphone phone tablet laptop pc iphone ipad pixel samsung galaxy macbook intel amd x86 x64
    x86_64 amd64 arm arm64 aarch64 i386 64bit 32bit bit cpu gpu ram gb docker python node nodejs npm java jdk
    openjdk go golang rust ruby php dotnet version versions release stable nightly build pro home enterprise edition
    lts prod production dev development local environment platform betriebssystem umgebung système sistema navegador
    версия 版本 环境 バージョン 버전
"""

_ENVIRONMENT_NAMED: Final = """
    version versions os operating platform browser browsers environment environments device devices hardware desktop
    smartphone system systems specs architecture distribution umgebung betriebssystem systemumgebung gerät
    environnement navigateur système plateforme appareil entorno navegador sistema plataforma dispositivo ambiente
    versão versión versione versie wersja версия версии окружение браузер платформа система 版本 环境 環境 操作系统
    系统 浏览器 平台 バージョン ブラウザ 버전 환경 운영체제 브라우저
"""
_ENVIRONMENT_NAMES: Final = frozenset(_ENVIRONMENT_NAMED.split())
"""A heading or label that has one of these first, last, or in its question asks where it happened, not what."""
_ASKING: Final = frozenset(
    ("which", "what", "your", "affected", "welche", "welches", "quelle", "qué", "cuál", "quale")
)

_LABELS: Final = """
    bug report; feature request; issue type; type; kind; severity; priority; category; component; area; title; name;
    subject; labels; assignees; about; summary; description; overview; details; context; additional context;
    additional information; additional info; other information; further information; anything else; notes; remarks;
    references; links; related issues; checklist; prerequisites; preflight checklist; screenshots; screenshot;
    screenshots or videos; attachments; video; log; logs; log output; relevant log output; error; error message;
    error messages; stack trace; stacktrace; traceback; console output; output; code; code of conduct; steps;
    example; minimal example; reproducer; reproducible example; reproduction link; link to reproduction; possible
    solution; proposed solution; suggested fix; solution; proposal; workaround; motivation; use case; problem;
    question; impact; frequency; regression; contact; contact details; email; describe the bug; describe the issue;
    describe the problem; describe the feature; describe the solution you d like; describe alternatives you ve
    considered; is your feature request related to a problem; is your feature request related to a problem please
    describe; alternatives; alternatives considered; acceptance criteria; what happened; what is the problem; what
    is the current behaviour; what is the expected behaviour; current behaviour; bug; issue; feature; enhancement;
    configuration; model; package; url; date; affected version; affected versions; fehlerbeschreibung; beschreibung;
    schritte; schritte zum reproduzieren; schritte zur reproduktion; erwartetes verhalten; tatsächliches verhalten;
    zusätzlicher kontext; zusätzliche informationen; bildschirmfotos; description du bug; étapes; étapes pour
    reproduire; comportement attendu; comportement actuel; comportement observé; contexte supplémentaire; captures d
    écran; pasos; pasos para reproducir; comportamiento esperado; comportamiento actual; contexto adicional;
    capturas de pantalla; descripción; passos; passos para reproduzir; comportamento esperado; comportamento atual;
    descrição; capturas de tela; passi; passi per riprodurre; comportamento atteso; comportamento attuale;
    descrizione; описание; описание ошибки; шаги; шаги воспроизведения; шаги для воспроизведения; ожидаемое
    поведение; фактическое поведение; дополнительная информация; скриншоты; 描述; 问题描述; 错误描述; 复现步骤;
    重现步骤; 期望行为; 预期行为; 预期结果; 实际行为; 实际结果; 当前行为; 其他信息; 附加信息; 截图; 日志; 概要;
    説明; バグの説明; 再現手順; 期待される動作; 期待する動作; 実際の動作; 追加情報; スクリーンショット; ログ; 버그
    설명; 설명; 재현 방법; 재현 단계; 예상 동작; 기대 동작; 실제 동작; 추가 정보; 스크린샷; 로그
"""

_PLACEHOLDERS: Final = """
    no response; none; n a; na; nil; null; no; nope; yes; y; n; yes no; y n; todo; tbd; to do; to be done; to be
    determined; unknown; not sure; don t know; i don t know; idk; no idea; not applicable; not available; nothing;
    empty; blank; same; same as above; as above; see above; see title; see the title; see subject; title; as title;
    as in title; title says it all; description; summary; your answer; your answer here; your text here; type here;
    write here; enter text here; text here; placeholder; lorem ipsum; xxx; xx; x; asdf; foo; test; version; link;
    url; paste here; paste log here; paste logs here; paste your logs here; paste code here; paste your code here;
    code here; your code here; log here; logs here; go to; click on; scroll down to; see error; first step; second
    step; third step; and so on; etc; step 1; step 2; step 3; hi; hello; hey; thanks; thank you; thanks in advance;
    thank you in advance; cheers; regards; best regards; kind regards; many thanks; keine; keine antwort; nein; ja;
    unbekannt; siehe titel; siehe oben; nichts; aucun; aucune; aucune réponse; non; oui; inconnu; voir titre; rien;
    ninguno; ninguna; sin respuesta; sí; desconocido; ver título; nada; nenhum; nenhuma; sem resposta; não; sim;
    desconhecido; nessuno; nessuna; nessuna risposta; sì; geen; nee; brak; нет; нет ответа; не знаю; см заголовок;
    无; 無; 没有; 不知道; 同上; 如题; 暂无; 暂无回复; なし; 特になし; 無し; 不明; 없음; 없습니다; 응답 없음; a bug
    happened; siehe fehler; veja o erro; ver error; ver el error; voir l erreur; vedi errore; zie fout; увидеть
    ошибку; 看到错误; 查看错误; エラーを確認; エラーを見る; 오류 확인; 오류를 확인
"""

_INSTRUCTIONS_BEGIN: Final = """
    a clear and concise; a concise description; a clear description; a brief description of; a short description of;
    a detailed description of; brief description of; short description of; clear and concise description; describe
    the bug; describe the issue; describe the problem; describe the feature; describe the solution you; describe the
    expected; describe the actual; describe alternatives; describe your issue; describe your problem; describe what;
    describe how to reproduce; describe here; tell us what; tell us how; tell us about; steps to reproduce the
    behavio; steps to reproduce the bug; steps to reproduce the issue; if applicable add; if applicable please; add
    any other context; add any other information; add any additional; add screenshots; add a screenshot; any other
    context; any additional information; is your feature request related; ex i m always frustrated when; eg i m
    always frustrated; please complete the following; please describe; please explain; please fill; please provide a
    clear; please provide a minimal; please provide a detailed; please provide a description; please provide a link;
    please provide as much; please provide details; please provide any; please provide the following; please provide
    your; please include as much; please include any; please include the following; please search; please check
    that; please check if; please check whether; please make sure; please ensure; please read; please note that;
    please use this template; please use the template; please copy and paste; please paste; please write; please
    enter; please select; please specify; please tell us; please be as; please replace; please remove; please
    delete; please answer; please do not; before submitting; before you submit; before opening; before filing;
    thanks for taking the time; thank you for taking the time; thanks for filing; thank you for filing; thanks for
    reporting; thank you for reporting; thanks for your; thanks for submitting; thank you for submitting; thank you
    for your; thank you for contributing; i have searched the; i have searched exist; i have searched open; i have
    searched for exist; i have searched for similar; i have searched for dup; i ve searched the; i ve searched
    exist; i have read the; i ve read the; i agree to; i confirm that; i am willing to; this issue tracker is;
    replace this; delete this; remove this; paste your; copy and paste; what you expected to happen; what did you
    expect; what should happen; what actually happened; what happens instead; go to click; enter your; insert your;
    your version; your os; write your; type your; explain what the; provide a clear; provide a minimal; provide as
    much; provide steps; list the steps; include any; include screenshots; include a; use the preview tab; eine
    klare und; eine kurze und; eine kurze beschreibung; beschreibe den; beschreibe das; beschreibe die; beschreiben
    sie; bitte beschreib; bitte gib; bitte geben; bitte füg; füge screenshots; falls zutreffend; falls möglich; une
    description claire; décrivez; décris; veuillez; le cas échéant; una descripción clara; describa; describe el;
    describe la; por favor describ; si aplica; uma descrição clara; descreva; por favor descreva; se aplicável; una
    descrizione chiara; descrivi il; si prega; se applicabile; opisz błąd; opisz problem; beschrijf de; beschrijf
    het; een duidelijke en; опишите; четкое и; чёткое и; краткое описание; пожалуйста опишите; 请描述; 请详细;
    请提供; 请简要; 请填写; 请在此; 清晰简洁; 清晰而简洁; 清晰明了; 清楚简洁; 对错误的清晰; 简要描述; 详细描述;
    描述一下; 描述你; バグの内容; バグの明確; 明確で簡潔; ここに記入; ここに記載; 명확하고 간결; 여기에 작성; 여기에
    입력; schritte um das; schritte zum reprod; passos para reproduzir o; pasos para reproducir el; étapes pour
    reproduire le; passi per riprodurre il; шаги для воспроизведения поведения; summarize the bug; バグの内容を明確;
    버그에 대한 명확
"""
"""What lines of instruction begin with."""

_SEPARATORS: Final = re.compile(r"[\W_]+")


_CLOSINGS: Final = """
    regards; best; best regards; kind regards; warm regards; cheers; thanks; thank you; many thanks; thanks in
    advance; thank you in advance; sincerely; yours; grüße; viele grüße; mit freundlichen grüßen; danke;
    cordialement; merci; saludos; gracias; atenciosamente; obrigado; cordiali saluti; grazie; groeten; pozdrawiam; с
    уважением; спасибо
"""


def fold(text: str) -> str:
    """Words in small letters with single spaces; marks, quotes and emoji do not count."""
    return _SEPARATORS.sub(" ", text).strip().casefold().replace("behavior", "behaviour")


@cache
def generic_terms() -> frozenset[str]:
    """The terms (`words.terms`) of words that a title may consist of and say nothing."""
    return frozenset(term for word in _GENERIC.split() for term in terms(word))


@cache
def environment_terms() -> frozenset[str]:
    """The terms that say where something happened, as the answer to a form's question."""
    return frozenset(term for word in _ENVIRONMENT.split() for term in terms(word))


def is_label(folded: str) -> bool:
    """Whether a folded text is the name of a field that forms commonly have."""
    return folded in _labels()


def is_environment(folded: str) -> bool:
    """Whether a folded heading or label asks where it happened: for a version, a system, a device."""
    words = folded.split()
    if not words or any(word.isdigit() for word in words):
        return False
    if words[0] in _ASKING:
        return any(word in _ENVIRONMENT_NAMES for word in words[1:5])
    return words[0] in _ENVIRONMENT_NAMES or (len(words) <= 4 and words[-1] in _ENVIRONMENT_NAMES)


def is_placeholder(folded: str) -> bool:
    """Whether a folded line is no answer ("no response") or an instruction ("a clear and concise description …")."""
    if folded in _placeholders():
        return True
    beginnings = _instructions().get(folded[:2])
    return beginnings is not None and folded.startswith(beginnings)


def is_closing(folded: str) -> bool:
    """Whether a folded line is one after which a name is signed."""
    return folded in _closings()


@cache
def _labels() -> frozenset[str]:
    fields = (name for field, others in SYNONYMS.items() for name in (field, *others))
    return frozenset(map(fold, (*fields, *_entries(_LABELS))))


@cache
def _placeholders() -> frozenset[str]:
    return frozenset(("", *map(fold, _entries(_PLACEHOLDERS)), *_closings()))


@cache
def _closings() -> frozenset[str]:
    return frozenset(map(fold, _entries(_CLOSINGS)))


@cache
def _instructions() -> dict[str, tuple[str, ...]]:
    """The first two characters → the beginnings that begin with them, as most lines begin with others."""
    out: dict[str, tuple[str, ...]] = {}
    for beginning in map(fold, _entries(_INSTRUCTIONS_BEGIN)):
        out[beginning[:2]] = (*out.get(beginning[:2], ()), beginning)
    return out


def _entries(table: str) -> list[str]:
    return [entry for entry in (" ".join(part.split()) for part in table.split(";")) if entry]
