"""Given names, and common words that are none: what tells "im ana" from "im away"."""

from __future__ import annotations

GIVEN_NAMES = frozenset(
    """aaron abby abdul abigail adam adrian agnes agnieszka ahmed aideen aidan aiden ailbhe aileen aine áine
    aisha aisling aislinn ajay akash alan alannah alejandro alex alexander alexandra alfie ali alice alicja
    alina alison allison aled amanda amber amelia amir amit amy ana anastasia andre andrea andreas andrei
    andrew andy angela anil anita anjali ann anna anne annie anthony antonio antoine aoibhinn aoife archie
    arjun arthur arun ashley ashwin asif astrid audrey barbara barry bartosz beata becky ben benjamin beth
    bernadette bernie betty bianca bill billy blathnaid bob bogdan brad brandon breda brendan brenda brian
    brid bríd bridget brigid bronagh bruno bryan callum cameron camila carl carla carlos carmel carol
    caroline caoimhe caoimhín cara cath catherine cathal cathy catriona charlie charles charlotte chen chidi
    chiara chloe chris christian christina christine christopher cian ciara ciarán ciaran cillian claire
    clara claudia clodagh colin colm conall conor connor cormac craig cristina dan daniel daniela danielle
    danny dara darragh daria darren dave david dawn dean deborah declan deepa deepak deirdre denis denise
    dermot des diana diane diarmuid diego dimitri dmitri dominic dominik donal donna doreen dorota dylan
    eamon eamonn ed eddie edel eduardo edward eileen eilish eimear elaine elena eleanor eliza elizabeth ella
    ellen ellie elliot emer emeka emil emily emma enda eoghan eoin eric erica erik erin esther ethan eva
    evan eve evelyn ewa fatima felipe felix fergal fergus fernanda fernando fiadh finn fintan fiona fionn
    fionnuala florence fran frances francesca francis frank fred freya gabriel gabriela garry gary gavin
    gaurav gemma geoff george geraldine gerard gerry giovanni giulia glen gloria gordon grace grainne
    gráinne graham greg gregory greta gustavo hannah hana harish harry harriet hassan hazel heather helen
    helena henrik henry hugh hugo ian ibrahim ida igor imogen ines ingrid irene irina isaac isabel isabella
    isla ivan ivana jack jackie jacob jake jakub james jamie jan jane janet jason javier jay jean jeff jen
    jennifer jenny jeremy jess jessica jill jim jimmy jo joan joana joanna joanne joao joaquin joe joel john
    johnny jon jonathan jordan jorge jose josef joseph josh joshua joy joyce juan judith judy julia julian
    julie juliette justyna karen karina karl karolina kasia kate kathleen katie katrin kavita kavya kayleigh
    keith kelly ken kenneth kenny kerry kevin khadija kian kieran kim kirsty kiran klaus krzysztof kumar
    lakshmi lara larry laura lauren lea leah lee lena leo leon leona leonie leticia lewis liam lily linda
    lisa liz lorcan lorna lorraine louis louise luca lucas lucia lucy ludmila luis luiza lukasz luke lydia
    lynn mad maeve mags maggie magda magdalena mairead máiréad malcolm malika manoj manuel marcel marcin
    marco marcos marcus margaret maria mariana marie marina mario marisa mark marko marta martha martin
    martina marty mary mateo mateusz matej matt matthew maura maureen maurice max maximilian maya mehmet mei
    melanie melissa michael michal michaela michelle miguel mihai mike mikolaj milan mira miriam mohammed
    mohamed mohammad moira molly mona monica monika moya muhammad muireann mustafa nadia nadine naoise naomi
    natalia natalie natasha nathan neha neil nele niall niamh nick nico nicola nicolas nicole nigel nikhil
    nikita nikolai nina noah noel noelle nora noreen norma nuala odhran oisin oisín oksana olga oliver
    olivia olivier omar oonagh orla orlaith órla oscar owen pablo padraic padraig pádraig paddy paola pascal
    pat patricia patrick patrycja paul paula pauline paulo pavel pawel pedro peig peter petra phil philip
    philippa phoebe phyllis pierre piotr pooja prakash pradeep pranav prasad preeti priya przemek rachel
    radek rafael rafal rahul raj rajesh raju ralph ramesh raquel rashid raul ravi ray raymond rebecca reema
    rekha renata renee rhys ricardo richard rick ritu rita rob robert roberto robin robyn rohan rohit roisin
    róisín roger roman ronan ronnie rory rosa rosaleen rosario rose rosemary rosie ross roxana roy ruairi
    ruairí ruben rupert ruth ryan sabine sabrina saoirse sally sam samantha samir samuel sandeep sandra
    sangeeta sanjay sara sarah sasha saskia scott sean seán seamus séamus sebastian senan sergei sergio
    shane shannon sharon shauna shaun shawn sheena sheila shelly shona shreya shruti siddharth silvia simon
    simone sinead sinéad siobhan siobhán sofia sonia sonja sophia sophie sorcha stacey stan stefan stefania
    stella stephanie stephen stephane steve steven stewart stuart sue suman sunil sunita suresh susan
    susanne sushma suzanne sven svetlana sylvia tadhg tamara tanya tara tatiana ted teresa terence terry
    tess theo theresa thiago thomas tim tina toby tom tomás tomas tomasz tommy toni tony tracey tracy treasa
    trevor trish tristan ugo una úna ursula usha valentina valerie vanessa venkat vera veronica vicky victor
    victoria vijay vikram vincent viktor viktoria vinay vivek vlad wayne wei wendy wiktoria will william
    willem wojciech xavier yasmin yann yara yusuf yvette yvonne zach zara zeynep zoe zofia zuzana rajiv
    meera divya anand aditi sneha swati kabir imran sanjana aarav ananya ishaan nisha mehul bhavna gurpreet
    harpreet jaspreet simran manpreet tariq zainab hamza bilal yusra amina adaeze chinedu ngozi tunde femi
    kwame kofi ama thandi tyler hunter brittany ashlee kayla madison mason logan chad kyle dustin courtney
    megan mikayla jayden bailey brooke tiffany heidi bruce sheryl matilda darcy kylie shaz gaz daz baz naz
    jules mel steph deb debs caz al bev viv pip bertie alfred wilma ruby pearl freda cliff edna mabel maud
    winnie olive ivy elsie ernie stanislaw grzegorz malgorzata katarzyna ewelina oleksandr olena iryna yulia
    kateryna mykola andriy taras roberta luciana renato marcelo rodrigo leandro juliana larissa beatriz
    thais mateus joaquim tiago rui sofie lars anders bjorn mads jens jurgen jürgen heinz wolfgang uwe anke
    heike birgit ulrike matthias florian tobias lukas jonas moritz giorgio matteo alessandro lorenzo
    federica elisa pilar carmen rocio alvaro inigo itziar nuria xavi jordi montse hiroshi yuki kenji akiko
    haruto ming ling xin yan jing hao minh linh thuy nguyen huong jisoo minho siti nur aisyah dewi budi agus""".split()  # noqa: SIM905
) - frozenset(
    """mad will joy may grace dawn hunter nur ida ming ama olive pearl ruby kumar""".split()  # noqa: SIM905
)
"""Given names in lower case that are not common words as well; used for names written small."""

COMMON_WORDS = frozenset(
    """a able about above absolutely ace actually afraid after afternoon afternoons again age ago ah aha ahh
    all allergic allowed almost alone already alright also always am an and annoyed another answer any
    anybody anyone anything anyway anytime app appointment apologies are around as asap ask asking at
    available away awesome awful back bad based basically be because been before beginner being better
    between big bit bloody body book booked booking bored both bother boxing bring broken bro bud buddy
    build bulk business busy but buy buzzing by bye call called can cancel card care case chat cheap cheaper
    cheers chest class classes clear client close closed coach coaching cold come coming complete completely
    concerned confirm confirmed confused cool cool correct cos could course crap curious current currently
    customer dad date day days dead deal dear delighted deffo definitely delayed depends desk did didn't
    different diet disabled discount do doctor does doing done dont down due dying each early easy eat
    either else email emailing enough enquiring eh em er evening evenings every everyone exactly excited
    excuse experienced extra fab fair family fancy fantastic far fat feeling few fifty fine finish finished
    first fit fitness fitter five flat flexible flying following food for forgot forty four free freezing
    friday friend from front full fully fun gaining general get getting girl give glad go goal going gone
    gonna good gosh got gotta grand great grateful group guess guy guys gym ha had haha half hang happy hard
    has have having he hello help helping her here hey hi him his hiya hmm hold holiday home honestly hope
    hopefully hoping hour hours how however hungover hungry hurt hurting i idea if ill im impressed in info
    injured injury inquiring instead interested into is issue it its job join joining just keen keep keeping
    kind know lad lads ladies late later leaving left leg less let lets life lift lifting like line listen
    little live living local locked lol long look looking lose losing lost lot love loved lovely lunch
    lunchtime ma mad made madam main mainly make making man many married mam mate may maybe me mean meant
    member membership men message might mine minute miss missing mom monday money month more morning
    mornings most mostly mother move moving much mum muscle must my myself name nah near need needing
    neither nervous never new next nice night no nobody none nope normal not nothing now number obviously of
    off ok okay old older on once one only online oops open or order other otherwise our out outside over
    overweight own owner pain paid parking part pay paying per perfect person personal phone pt physio plan
    please pleased pls poor possible post pregnant previous price private probably problem program pure put
    queries question quick quit quite raging rather really ready recovering regular reply retired returning
    ride right ring rough running sad safe said same saturday say saying see sent serious session set seven
    she short should shoulder shower sick signed single sir six skint skip so sold some somebody someone
    something soon sorry sore sort speak speaking spin squat staff start started starting stiff still stop
    stressed strong stronger struggling student studying stuck stuff such sunday super sure surgery swamped
    switched take taking talk team tell ten text than thank thankful thanks that thats the their them then
    there they thing things think thinking this though thought thousand three thrilled through thursday
    ticket time tired to today together told tomorrow tonight too top total totally track train trainer
    training travelling trial tried trouble true try trying tuesday twenty two type u unable under
    unemployed unfit unfortunately unhappy unless unsure until up upset ur us use used usually vegan
    vegetarian very wait waiting walk wanna want wanted wanting was way we wednesday week weekend weekends
    weight welcome well went were what whatever when where whether which while who whole whose why wife will
    wise wish with without woman women wondering wont work working world worried worth would wrecked wrong
    ya yay yeah year years yep yes yet yoga you your yours yous yup zero able allergic anxious asthmatic
    diabetic interested available free in at on by hiit pilates zumba stop mr mrs ms miss dr whats hows
    thats lets theres heres ye yer da ta tis aul auld sound class deadly savage gas grand shite feck jaysus
    jesus god irish english british american indian polish german french spanish brazilian australian
    chinese ukrainian female male gay straight single divorced vegetarian nurse teacher student engineer
    driver accountant farmer chef builder cleaner guard soldier runner cyclist swimmer footballer here there
    it's i'm that's what's don't can't won't isn't wasn't didn't couldn't doesn't i've i'd i'll you're
    they're we're he's she's whatsapp instagram insta facebook google telegram sms menu options hours
    timetable schedule prices pricing location address facilities unsubscribe start undo human agent manager
    reception operator english deutsch francais espanol none nil na n/a dunno idk secret private rather
    nevermind never monday tuesday wednesday thursday friday saturday sunday january february march april
    june july august september october november december half past quarter noon midday midnight forget leave
    later soon back previous repeat again confirm change edit wrong right yesss yess yas ok okey okie kk k
    price cost sauna pool shower showers towel towels locker lockers bus car bike dog cat mine mean bye
    night thank welcome help someone""".split()  # noqa: SIM905
)
"""Words that are no name however they are written; "I'm Free" is not a person."""
